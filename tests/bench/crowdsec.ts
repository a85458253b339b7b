import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { freePort, until } from '../fleet/redis-server.ts'

/** All of the hub, as Debian's package has it; other packages fetch what is installed of it. */
const HUB = '/usr/share/crowdsec/hub'
const PATTERNS = '/etc/crowdsec/patterns'
/** What the collection crowdsecurity/asterisk brings, and what any collection needs: a line's program and time. */
const ITEMS = [
  'parsers/s00-raw/crowdsecurity/syslog-logs.yaml',
  'parsers/s01-parse/crowdsecurity/asterisk-logs.yaml',
  'parsers/s02-enrich/crowdsecurity/dateparse-enrich.yaml',
  'scenarios/crowdsecurity/asterisk_bf.yaml',
  'scenarios/crowdsecurity/asterisk_user_enum.yaml',
]
/** The only one of the lines we write that Asterisk's parser of the hub knows. */
const KNOWN = 'SecurityEvent="InvalidPassword"'
const SCENARIO = 'crowdsecurity/asterisk_bf'
const MOST_MS = 600_000

/**
 * Seconds a line that a real crowdsec takes for a log of Asterisk's that it reads once: from its first line to its last, by its own words; its start
 * is not in them. It has a configuration, a database and a local API of its own in `dir` for the time, and asks nobody else. Null where it or
 * Debian's hub is not installed. @throws Error when its scenario has not counted every line that it should
 */
export async function readOnceWithCrowdsec(dir: string, log: string): Promise<number | null> {
  if (spawnSync('crowdsec', ['-version']).error || !existsSync(HUB)) return null
  const lines = readFileSync(log, 'latin1').split('\n')
  const known = lines.filter((line) => line.includes(KNOWN)).length
  const home = mkdtempSync(join(dir, 'crowdsec-'))
  const metricsPort = await freePort()
  const config = configure(home, await freePort(), metricsPort)

  const argv = ['-c', config, '-no-capi', '-dsn', `file://${log}`, '-type', 'asterisk']
  const daemon = spawn('crowdsec', argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(daemon, 'close')
  let said = ''
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const isGone = () => daemon.exitCode !== null || daemon.signalCode !== null
  const says = (text: string) => () => {
    if (isGone()) throw new Error(`crowdsec did not say '${text}': ${said}`)
    return said.includes(text)
  }
  try {
    await until(says('Starting processing data'), () => `crowdsec's start: ${said}`)
    const startMs = performance.now()
    await until(says('Acquisition is finished'), () => `crowdsec's last line: ${said}`, MOST_MS)
    const seconds = (performance.now() - startMs) / 1000
    // The last line may still be on its way to the scenario; crowdsec stays for two seconds.
    let counted = 0
    const count = async () => pouredIn(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(), SCENARIO)
    await until(async () => {
      counted = await count().catch(() => counted)
      return counted >= known || isGone()
    }, "crowdsec's counters")
    if (known === 0 || counted !== known) throw new Error(`crowdsec's ${SCENARIO} counted ${counted} of ${known} lines: ${said}`)
    return seconds / (lines.length - 1)
  } finally {
    daemon.kill('SIGKILL')
    await ended
  }
}

/** How many events a scenario has taken in, by crowdsec's metrics (pkg/leakybucket, `cs_bucket_poured_total`). */
export function pouredIn(metrics: string, scenario: string): number {
  const samples = metrics.matchAll(/^cs_bucket_poured_total\{(.*)\} (\S+)$/gm)
  return [...samples].filter(([, labels]) => labels!.includes(`name="${scenario}"`)).reduce((sum, [, , value]) => sum + Number(value), 0)
}

/** Writes it into `home`, registers the one who reads with the local API, and gives the file's path. JSON is YAML. */
function configure(home: string, apiPort: number, metricsPort: number): string {
  const path = (name: string) => join(home, name)
  const write = (name: string, value: unknown) => writeFileSync(path(name), JSON.stringify(value))
  mkdirSync(path('data'))
  symlinkSync(PATTERNS, path('patterns'))
  for (const item of ITEMS) {
    const [folder] = item.split('/crowdsecurity/') as [string]
    mkdirSync(path(folder), { recursive: true })
    symlinkSync(join(HUB, item), path(join(folder, basename(item))))
  }
  write('simulation.yaml', {})
  // One is needed; this one bans nobody.
  write('profiles.yaml', { name: 'nobody', filters: ['false'], decisions: [{ type: 'ban', duration: '1h' }] })
  write('config.yaml', {
    common: { daemonize: false, log_media: 'stdout', log_level: 'info', working_dir: home },
    config_paths: {
      config_dir: home,
      data_dir: path('data'),
      simulation_path: path('simulation.yaml'),
      hub_dir: HUB,
      index_path: join(HUB, '.index.json'),
    },
    crowdsec_service: { parser_routines: 1 },
    db_config: { type: 'sqlite', db_path: path('data/crowdsec.db'), use_wal: true },
    api: {
      client: { credentials_path: path('credentials.yaml') },
      server: { listen_uri: `127.0.0.1:${apiPort}`, profiles_path: path('profiles.yaml'), log_level: 'warning' },
    },
    prometheus: { enabled: true, level: 'full', listen_addr: '127.0.0.1', listen_port: metricsPort },
  })
  const argv = ['-c', path('config.yaml'), 'machines', 'add', 'bench', '--password', 'bench', '-f', path('credentials.yaml')]
  const { status, stderr } = spawnSync('cscli', argv, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`cscli ended with ${status}: ${stderr}`)
  return path('config.yaml')
}
