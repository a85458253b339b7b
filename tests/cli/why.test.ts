import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readBundle, writeBundle } from '../../src/cli/bundle.ts'
import { why } from '../../src/cli/verbs/why.ts'
import { whyNot } from '../../src/cli/verbs/why-not.ts'
import { formatWhy } from '../../src/cli/why-screen.ts'
import { AT } from '../api/fake-control.ts'
import { aLine, aWhy, aWhyBan } from '../api/why-samples.ts'
import { fakeDaemon } from './fake-daemon.ts'
import { runVerbs } from './run-verbs.ts'

const daemon = fakeDaemon()
const run = (...argv: string[]) => runVerbs([why, whyNot], ...argv, '--socket', daemon().socket)

describe('sipguard why', () => {
  test('says who is banned, by what, and shows each line escaped', async () => {
    expect((await run('why', '192.0.2.7')).out).toBe(
      `192.0.2.7 is banned; it is known to nobody

ban       192.0.2.7 [sip-auth] since 2026-01-15 10:30:45, for 1h
jail      10 within 5m → 1h; counted: 192.0.2.7
evidence  proved: the sender has that address; the address was known to nobody
firewall  nftables has it; 12 packets dropped
decided   by node n1, configuration 0123456789ab
lines (1)
  2026-01-15 10:30:45  /var/log/sip.log @120  a line \\x1b[2J of it

still counted
  [sip-enum] 1 of 10 within 10m: 192.0.2.7

seen and not counted (the last ones of each)
  3 × a challenge (401, 407), the first half of every authentication
    2026-01-15 10:30:45  /var/log/sip.log @120  (its text was not kept) auth_challenge opensips/challenge

let it in again  sipguard unban 192.0.2.7 --socket ${daemon().socket}
`,
    )
  })

  test('with --json prints the object', async () => {
    expect(JSON.parse((await run('why', '192.0.2.7', '--json')).out)).toEqual(aWhy())
  })

  test('refuses what is no address before it asks', async () => {
    expect(await run('why', 'pbx')).toMatchObject({ exitStatus: 2, err: expect.stringContaining('expected an IP address or a CIDR') })
    expect(daemon().control.calls).toEqual([])
  })
})

test('sipguard why-not prints the cause and what to do', async () => {
  expect((await run('why-not', '192.0.2.9')).out).toBe('nothing was seen of 192.0.2.9\n')
  expect(JSON.parse((await run('why-not', '192.0.2.9', '--json')).out)).toMatchObject({ cause: 'nothing-seen' })
})

describe('the screen', () => {
  const NOW = AT + 6e5
  const screen = (fields: Parameters<typeof aWhy>[0]) => formatWhy(aWhy({ windows: [], not_counted: [], ...fields }), NOW, {})

  test('shows the newest of the bans that are over, and how it ended', () => {
    const lifted = aWhyBan({ lifted_at: new Date(AT + 6e4).toISOString(), lifted_by: 'trusted', window: null, lines: [] })
    const over = aWhyBan({ until: new Date(AT + 1000).toISOString() })
    const text = screen({ verdict: 'was-banned', bans: [lifted, over, over] })
    expect(text).toContain('192.0.2.7 was banned, and is not any more')
    expect(text).toContain('ended     2026-01-15 10:31:45, for it came to be trusted')
    expect(text).toContain('lines     none are kept here; the node that decided may have them')
    expect(text).toContain('and 2 earlier bans (--json lists them)')
    expect(text).not.toContain('firewall')
  })

  test('says of a window that holds enough and does not ban that it is held back', () => {
    const windows = [
      { jail: 'sip-stuffing', key: '192.0.2.7 1001@example.com', count: 4, maxretry: 2, findtime: '1d', lines: [] },
      { jail: 'sip-auth', key: '192.0.2.7', count: 9, maxretry: 10, findtime: '5m', lines: [] },
    ]
    expect(screen({ windows })).toContain(
      'still counted\n  [sip-stuffing] 4 of 2 within 1d: 192.0.2.7 1001@example.com (held back)\n  [sip-auth] 9 of 10 within 5m: 192.0.2.7\n',
    )
  })

  test('says that nothing is enforced, or that the kernel does not have it', () => {
    const enforced = (firewall: { backend: string; verified: boolean | null; packets: null }) => screen({ bans: [aWhyBan({ firewall })] })
    expect(enforced({ backend: 'none', verified: null, packets: null })).toContain('nothing is enforced: this daemon only observes')
    expect(enforced({ backend: 'nftables', verified: false, packets: null })).toContain('nftables does NOT have it')
    expect(enforced({ backend: 'nftables', verified: null, packets: null })).toContain('nftables cannot be asked')
  })

  test('of many lines shows the newest twenty', () => {
    const lines = Array.from({ length: 25 }, (_, i) => aLine({ text: `line ${i};` }))
    const text = screen({ bans: [aWhyBan({ lines, armed_by: [aLine({ source: null, offset: null, text: 'before' })] })] })
    expect(text).toContain('lines (25)')
    expect(text).toContain('line 24;')
    expect(text).toContain('line 5;')
    expect(text).not.toContain('line 4;')
    expect(text).toContain('and 5 before these')
    expect(text).toContain('had put it under attack (1)\n  2026-01-15 10:30:45  n1:g1:120  before')
  })

  test('of an address that was never banned offers why not', () => {
    expect(screen({ verdict: 'not-banned', bans: [] })).toMatch(
      /^192\.0\.2\.7 is not banned, and was not; .*\n\nwhy not {2}sipguard why-not 192\.0\.2\.7$/,
    )
  })
})

describe('a bundle', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sipguard-bundle-'))
    vi.useRealTimers()
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  test('is written byte for byte, for its owner only, and never over what is there', async () => {
    const target = join(dir, 'new/bundle')
    expect(await run('why', '192.0.2.7', '--export', target)).toMatchObject({
      exitStatus: 0,
      out: `wrote ${target}; decide it again with: sipguard replay ${target}\n`,
    })
    expect(readFileSync(join(target, 'lines.log'))).toEqual(Buffer.from('a line of \xe9\n', 'latin1'))
    expect(statSync(join(target, 'lines.log')).mode & 0o777).toBe(0o600)
    expect(await run('why', '192.0.2.7', '--export', target)).toMatchObject({ exitStatus: 1, err: expect.stringContaining('EEXIST') })
  })

  test('with a file of another name than a plain one is refused', () => {
    for (const name of ['../a.txt', '.a.txt', '/a.txt', 'a']) {
      expect(() => writeBundle(dir, [{ name, text: '', encoding: 'utf8' }])).toThrow(expect.objectContaining({ code: 'OUTPUT_FAILED' }))
    }
  })

  test('is read back, and a directory that holds none is refused', () => {
    const state = { format: 1, jail: 'sip-auth', received_at: '2026-01-15T10:30:45.000Z', filter: null, offence: null, phones: [] }
    const write = (text: string) => writeFileSync(join(dir, 'state.json'), text)
    expect(readBundle(join(dir, 'nowhere'))).toBeNull()
    expect(() => readBundle(dir)).toThrow("holds no bundle of 'sipguard why --export'")
    for (const wrong of [
      '{',
      '{}',
      { ...state, format: 2 },
      { ...state, phones: [1] },
      { ...state, offence: { ip: 1 } },
      { ...state, received_at: 'x' },
    ]) {
      write(typeof wrong === 'string' ? wrong : JSON.stringify(wrong))
      expect(() => readBundle(dir), String(wrong)).toThrow(expect.objectContaining({ code: 'USAGE' }))
    }
    write(JSON.stringify(state))
    expect(readBundle(dir)).toMatchObject({
      jail: 'sip-auth',
      receivedAtMs: AT,
      config: join(dir, 'config.yaml'),
      lines: join(dir, 'lines.log'),
    })
  })
})
