import { preparedLook } from '../config/prepared.ts'
import { createPipeline, type PipelineOptions } from '../pipeline.ts'

/** Enough for V8 to compile what every line goes through. Takes some tens of milliseconds. */
const ROUNDS = 200
/** One failure of each server. */
export const LINES = [
  'opensips[1]: NOTICE:REGISTER: Failed registration logged to database - 1@example.com from 192.0.2.1:5060, response 403 Forbidden',
  'kamailio[1]: WARNING: {1 REGISTER} <script>: Auth failed: ip=192.0.2.2:5060 proto=udp method=REGISTER rc=-2 user=1 realm=example.com ua=x',
  "asterisk[1]: NOTICE[1]: chan_sip.c:1 in handle: Registration from '<sip:1@example.com>' failed for '192.0.2.3:5060' - Wrong password",
  "freeswitch[1]: SIP auth failure (REGISTER) on sofia profile 'internal' for [1@example.com] from ip 192.0.2.4",
]

/**
 * Runs made-up failures through a pipeline of its own, bans included, so that the first attacker after a start meets compiled code: cold,
 * the deciding line takes three times as long.
 */
export function warmUp(config: PipelineOptions['config'], nowMs: number): void {
  const { feed } = createPipeline({ config, node: 'warm-up', clock: 'wall', preparedLook, observer: {} })
  const at = new Date(nowMs).toISOString().replace('Z', '+00:00')
  const bytes = Buffer.from(LINES.map((line) => `${at} host ${line}\n`).join(''), 'latin1')
  const spans = new Uint32Array(LINES.length * 2)
  let start = 0
  LINES.forEach((_, i) => {
    const end = bytes.indexOf(10, start)
    spans.set([start, end], 2 * i)
    start = end + 1
  })
  for (let round = 0; round < ROUNDS; round++) {
    const offset = round * bytes.length
    const position = { stream: 'warm-up', mark: '' }
    feed({
      ...{ source: 'warm-up', generation: 'warm-up', filter: null, form: 'text', bytes, spans, count: LINES.length, offset },
      ...{ receivedAtMs: nowMs + round * 1000, position, cut: 0, lagBytes: 0 },
    })
  }
}
