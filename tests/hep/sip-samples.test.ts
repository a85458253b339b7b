import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canonicalAddress } from '../../src/address.ts'
import { decodeHep } from '../../src/hep/decode.ts'
import { parseSip } from '../../src/hep/sip-message.ts'
import { root } from '../sipguard.ts'

/** Packets of a real Kamailio and OpenSIPS: beside the checkout, not in it. */
const folder = join(dirname(root), 'shared', 'hep')
const isThere = existsSync(join(folder, 'index.json'))
if (!isThere) console.warn(`SKIPPED: there are no HEP packets at ${folder}`)

interface Sample {
  readonly file: string
  readonly first_line: string
  readonly cseq: string
  readonly call_id: string
  readonly user_agent?: string
  readonly has_authorization: boolean
  readonly payload_bytes: number
  readonly hep: Record<string, string | number>
}
const samples = isThere ? (JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Sample[]) : []

describe.skipIf(!isThere)('recorded packets are read as their index says:', () => {
  test.each(samples)('$file', ({ file, hep, ...said }) => {
    const packet = decodeHep(readFileSync(join(folder, file)))
    if (typeof packet === 'string') throw new Error(packet)
    const { payload, key, ...read } = packet
    const address = (end: string) => canonicalAddress(String(hep[`${end}_ip4`] ?? hep[`${end}_ip6`]))
    expect({ ...read, key, bytes: payload.length }).toEqual({
      ...{
        sourceIp: address('src'),
        sourcePort: hep.src_port,
        destinationIp: address('dst'),
        destinationPort: hep.dst_port,
        transport: 'udp',
      },
      capturedAtMs: Number(hep.ts_sec) * 1000 + Math.floor(Number(hep.ts_usec) / 1000),
      ...{ captureId: hep.capture_id, key: null, bytes: said.payload_bytes },
    })
    const { request, reply, cseq, callId, userAgent, credentials } = parseSip(payload)!
    expect(request ? `${request.method} ${request.uri} SIP/2.0` : `SIP/2.0 ${reply!.code} ${reply!.reason}`).toBe(said.first_line)
    expect(`${cseq.number} ${cseq.method}`).toBe(said.cseq)
    expect(callId).toBe(said.call_id)
    expect(userAgent).toBe(said.user_agent ?? null)
    expect(credentials.length > 0).toBe(said.has_authorization)
  })
})
