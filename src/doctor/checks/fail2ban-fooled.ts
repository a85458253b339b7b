import { toJsonLine } from '../../escape.ts'
import { type Check, type Finding, type Probe, Unchecked } from '../probe.ts'
import { type SipJail, sipJails } from '../sip-jails.ts'
import { FORGED, WITNESSES } from '../witnesses.ts'

/** Shows lines that an attacker, or nobody, causes to a foreign jail's filter, by Fail2Ban's own judge. */
export const fail2banFooled: Check = {
  id: 'fail2ban-fooled',
  title: "Fail2Ban's filters for SIP cannot be fooled",
  async run(probe) {
    const findings: Finding[] = []
    for (const jail of sipJails(probe)) findings.push(...(await judge(probe, jail)))
    return findings
  },
}

/** The first of each kind is enough. */
async function judge(probe: Probe, jail: SipJail): Promise<Finding[]> {
  const findings = new Map<string, Finding>()
  for (const { line, wrong, what } of WITNESSES[jail.server.name]) {
    if (findings.has(wrong) || !(await addressesFound(probe, line, jail.filter)).has(wrong)) continue
    const bans = wrong === FORGED ? `bans ${wrong}, which the caller wrote` : `bans the innocent ${wrong}`
    findings.set(wrong, {
      severity: 'error',
      place: jail.place,
      text: `the filter ${jail.filter} of Fail2Ban's jail ${jail.name} ${bans}: ${what}; shown by ${toJsonLine(line)}`,
      remedy: "let sipguard do this jail's job (sipguard emit fail2ban --out DIR writes filters that are proved)",
    })
  }
  return [...findings.values()]
}

/** What fail2ban-regex (0.11 or newer) reads from one line: `-o ip` prints the addresses, one a line. */
async function addressesFound(probe: Probe, line: string, filter: string): Promise<ReadonlySet<string>> {
  const { status, stdout, stderr } = await probe.run(['fail2ban-regex', '-o', 'ip', line, filter])
  if (status !== 0) throw new Unchecked(`fail2ban-regex cannot use the filter ${filter}: ${stderr.trim().split('\n').at(-1)}`)
  return new Set(stdout.split('\n').map((text) => text.trim()))
}
