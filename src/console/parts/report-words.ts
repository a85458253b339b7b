import { alertText, coverage } from '../../report.ts'
import type { Alert, Ban } from '../../types.ts'
import type { ReportJson, ReportType } from '../wire.ts'
import { kindWords, plural } from '../words.ts'

/** Fail2Ban's verbs. */
export const VERBS: Readonly<Record<ReportType, string>> = {
  ...{
    found: 'Found',
    ban: 'Ban',
    unban: 'Unban',
    'restore-ban': 'Restore Ban',
    skip: 'Ignore',
    'found-more': 'Found',
    'skip-more': 'Ignore',
    alert: 'Alert',
    notice: 'Notice',
  },
}

/** What a report says besides its time, its verb and its address; an attacker's text is in it as it came. */
export function reportWords(report: ReportJson): string {
  switch (report.type) {
    case 'found': {
      const { kind = '', user, domain, user_agent, code, reason, filter, rule } = report
      const what = kind === 'door_knock' ? reason : code
      return [
        kindWords(kind),
        user && `${user}${domain ? `@${domain}` : ''}`,
        what === null || what === undefined ? null : String(what),
        user_agent && `“${user_agent}”`,
        `${filter}/${rule}`,
      ]
        .filter(Boolean)
        .join(' · ')
    }
    case 'ban':
    case 'unban':
    case 'restore-ban': {
      const covered = coverage(report as unknown as Ban)
      const many = report.type === 'unban' || !report.count ? '' : ` after ${report.count} found`
      return `${report.jail}${many}${covered === report.ip ? '' : ` · ${covered}`}${(report.nth ?? 1) > 1 ? ` · ban no. ${report.nth}` : ''}`
    }
    case 'skip':
      return `${report.jail} · ${report.why}`
    case 'found-more':
    case 'skip-more':
      return `${plural(report.count ?? 0, 'more', 'more')} within this second, too many to show`
    case 'alert':
      return (
        alertText({ phones: [], ...(report as unknown as Partial<Alert>), kind: report.alert as Alert['kind'] } as Alert) ??
        report.alert ??
        ''
      )
    case 'notice':
      return report.message ?? ''
  }
}
