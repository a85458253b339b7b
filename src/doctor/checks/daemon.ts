import type { Check, Finding } from '../probe.ts'

export const daemon: Check = {
  id: 'daemon',
  title: 'the daemon runs, and is healthy',
  async run(probe) {
    const status = await probe.status()
    if (status === null) {
      return [
        {
          severity: 'note',
          place: 'daemon',
          text: 'no daemon answers',
          remedy: 'systemctl start sipguard; or say where it is: --socket, --state',
        },
      ]
    }
    const { degraded, sources, unproven } = status
    return [
      ...degraded.map(
        ({ what, remedy }): Finding => ({ severity: 'error', place: 'daemon', text: what, remedy: remedy ?? 'sipguard status says more' }),
      ),
      ...sources
        .filter(({ protection }) => protection === 'blind')
        .map(
          ({ name, remedy }): Finding => ({
            severity: 'warning',
            place: name,
            text: 'it names failures and no success, so phones are not known: an old password looks like an attack',
            remedy: remedy ?? 'docs/servers.md',
          }),
        ),
      ...unproven.map(
        (rule): Finding => ({
          severity: 'warning',
          place: rule,
          text: 'this rule is in force without a proof: attackers may have the innocent banned, or hide',
          remedy: 'mend it (sipguard filter check), and start without --allow-unproven',
        }),
      ),
    ]
  },
}
