import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { aSkip } from '../api/fake-control.ts'
import { createProgram } from '../command-lines.ts'
import { fakeDaemon } from './fake-daemon.ts'

const running = fakeDaemon()
const dir = mkdtempSync(join(tmpdir(), 'sipguard-misspelt-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** Everything that a command line complains of. */
async function complaints(argv: readonly string[]): Promise<string> {
  let text = ''
  const take = (part: unknown) => {
    text += `${part}`
    return true
  }
  const spies = [
    vi.spyOn(process.stderr, 'write').mockImplementation(take),
    vi.spyOn(console, 'error').mockImplementation(take),
    vi.spyOn(console, 'log').mockImplementation(() => {}),
  ]
  try {
    await createProgram().parseAsync(argv as string[], { from: 'user' })
  } catch (error) {
    text += (error as Error).message
  }
  for (const spy of spies) spy.mockRestore()
  return text
}

/** Standard error is a terminal, or not; returns what puts it back. */
function asTerminal(is: boolean): () => void {
  const { isTTY } = process.stderr
  process.stderr.isTTY = is
  return () => {
    process.stderr.isTTY = isTTY
  }
}

describe('did you mean', () => {
  test.each([
    ['wacth', 'watch'],
    ['stauts', 'status'],
    ['alow list', 'allow'],
    ['allow lsit', 'list'],
    ['filter chek', 'check'],
    ['phones lsit', "'list'"],
    ['phones firmwre', "'firmware'"],
    ['emit fail2bna', 'fail2ban'],
    ['bans --jsno', '--json'],
    ['bans --no-pagre', '--no-pager'],
    ['events --sinc 1h', '--since'],
    ['watch --enforce nftabels x', "'nftables'"],
    ['events --kind door_knok', "'door_knock'"],
    ['users --status regsitered', "'registered'"],
    ['completion zhs', "'zsh'"],
    ['completion zsh --words baned', "'banned'"],
    ['filter test opensisp', "'opensips'"],
    ['filter check kamalio', "'kamailio'"],
    ['replay x --set sip-auht.maxretry=3', "'sip-auth'"],
    ['replay x --set sip-auth.maxrety=3', "'maxretry'"],
    ['replay x --set jail.fintime=1h', "'findtime'"],
    ['replay x --tz Europe/Berln', "'Europe/Berlin'"],
  ])('sipguard %s: %s', async (line, meant) => {
    expect(await complaints(line.split(' '))).toMatch(new RegExp(`[Dd]id you mean ${meant}\\?`))
  })

  test.each([
    ['sourcse: []', 'sources'],
    ['enforce: nftabels', 'nftables'],
    ['jails: { sip-auht: { maxretry: 3 } }', 'sip-auth'],
    ['jails: { sip-auth: { maxrety: 3 } }', 'maxretry'],
    ['sources: [{ file: /x, filter: asteriks }]', 'asterisk'],
    ['tz: Europe/Berln', 'Europe/Berlin'],
    ['notify: { channels: [{ webhok: "https://example.net" }] }', 'webhook'],
  ])('in a configuration: %s: %s', async (text, meant) => {
    const file = join(dir, 'sipguard.yaml')
    writeFileSync(file, text)
    expect(await complaints(['check', '--config', file])).toContain(`did you mean '${meant}'?`)
  })

  test('a person is told of a ban under a misspelt jail, and not of one under a jail of others', async () => {
    onTestFinished(asTerminal(true))
    const { stateDir, control } = running()
    control.onBan = () => aSkip('already-banned')
    const ban = (jail: string) => complaints(['ban', '192.0.2.7', '--jail', jail, '--state', stateDir])
    expect(await ban('sip-auht')).toBe("no jail of sipguard is called 'sip-auht', did you mean 'sip-auth'?")
    expect(await ban('asterisk-iptables')).toBe('')
    expect(await ban('sip-auth')).toBe('')
    asTerminal(false)
    expect(await ban('sip-auht')).toBe('')
  })

  test('what is like nothing gets no guess', async () => {
    for (const line of ['completion powershell', 'filter test freepbx', 'events --kind elephants']) {
      const text = await complaints(line.split(' '))
      expect(text).not.toMatch(/did you mean/i)
      expect(text).toMatch(/bash, zsh, fish|filters are |Allowed choices are /)
    }
  })
})
