import { dirname, matchesGlob } from 'node:path'
import { asteriskLogs } from '../../servers/asterisk-logs.ts'
import type { Setting } from '../../servers/asterisk-sections.ts'
import { placeOf } from '../../servers/included.ts'
import { configurationOf } from '../../servers/sip-servers.ts'
import type { Check, Finding, Probe } from '../probe.ts'

const WITHOUT = 'successes have no address, so phones are not known'

/** The security level is the only one that says from which address somebody authenticated. */
export const asteriskSecurityLog: Check = {
  id: 'asterisk-security-log',
  title: "Asterisk's level security is logged, and read",
  run(probe) {
    const configuration = configurationOf(probe.tree, 'asterisk')
    if (configuration === null) return []
    const logger = `${dirname(configuration)}/logger.conf`
    const logs = asteriskLogs(probe.tree, configuration)
    if (logs === null) return [finding(logger, 'there is no logger.conf, so the level security is not logged', 'install one')]
    const secure = logs.filter(({ levels }) => levels.includes('security'))
    const [first] = secure
    if (first === undefined) return [finding(logs[0] ? at(logs[0].setting) : logger, `no log has the level security: ${WITHOUT}`, 'add it')]
    if (secure.some(({ path }) => path === null || isRead(probe, path))) return []
    return [
      {
        severity: 'warning',
        place: at(first.setting),
        text: `the level security goes to ${secure.map(({ path }) => path).join(', ')}, which no source reads: ${WITHOUT}`,
        remedy: `add ${first.path} to sources:`,
      },
    ]
  },
}

const at = ({ file, index }: Setting) => placeOf(file, index)

const finding = (place: string, text: string, verb: string): Finding => ({
  severity: 'error',
  place,
  text,
  remedy: `${verb}: sipguard emit asterisk --diff /etc/asterisk/logger.conf`,
})

/** With any source but files it is not known which file it was. */
function isRead({ config }: Probe, path: string): boolean {
  if (config.sources.length === 0) return true
  return config.sources.some((source) => source.type !== 'file' || source.file === path || matchesGlob(path, source.file))
}
