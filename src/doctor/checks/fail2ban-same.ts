import { backendOf } from '../backend.ts'
import type { Check } from '../probe.ts'
import { sipJails } from '../sip-jails.ts'

/** As long as sipguard only observes, that is as it should be. */
export const fail2banSame: Check = {
  id: 'fail2ban-same',
  title: 'Fail2Ban does not ban for the same lines',
  async run(probe) {
    if ((await backendOf(probe)) === 'none') return []
    return sipJails(probe).map(({ name, place }) => ({
      severity: 'warning' as const,
      place,
      text: `Fail2Ban's jail ${name} does the same job: both ban, and an unban must be said to both`,
      remedy: `enabled = false for [${name}] in /etc/fail2ban/jail.local, and fail2ban-client reload`,
    }))
  },
}
