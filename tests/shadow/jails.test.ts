import { describe, expect, test } from 'vitest'
import { createFail2BanLog } from '../../src/shadow/fail2ban-log.ts'
import { jailsOf } from '../../src/shadow/jails.ts'

function logOf(...jails: readonly string[]) {
  const { log, line } = createFail2BanLog('UTC')
  for (const jail of jails) line(`2026-01-15 10:00:00,000 fail2ban.actions [1]: NOTICE [${jail}] Ban 192.0.2.7`, 0)
  line("2026-01-15 10:00:00,000 fail2ban.jail [1]: INFO Creating new jail 'nginx'", 0)
  return log
}

describe('the jails that are compared', () => {
  test('are those called for SIP; of the others those that banned are named', () => {
    const { jails, leftOut } = jailsOf(logOf('sshd', 'Asterisk-tcp', 'sip-auth-opensips', 'sshd', 'recidive'), [])
    expect(jails).toEqual(['Asterisk-tcp', 'sip-auth-opensips'])
    expect(leftOut).toEqual([
      { jail: 'sshd', bans: 2 },
      { jail: 'recidive', bans: 1 },
    ])
  })

  test('are those that are named, where any is', () => {
    expect(jailsOf(logOf('asterisk', 'door'), ['door', 'door'])).toEqual({ jails: ['door'], leftOut: [{ jail: 'asterisk', bans: 1 }] })
  })

  test('one that the log does not know is refused, and so is a log without any for SIP', () => {
    expect(() => jailsOf(logOf('asterisk'), ['asterix'])).toThrow(
      "--jail: Fail2Ban's log knows no jail 'asterix', did you mean 'asterisk'?",
    )
    expect(() => jailsOf(logOf('sshd'), [])).toThrow("no jail in Fail2Ban's log is named for SIP; it has sshd, nginx: choose by --jail")
  })

  test('are none where the log has none', () => {
    expect(jailsOf(createFail2BanLog('UTC').log, [])).toEqual({ jails: [], leftOut: [] })
  })
})
