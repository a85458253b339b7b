import { resolve } from 'node:path'
import type { StatusReport } from '../../api/control.ts'
import { createClient, type DaemonOptions, defaultStateDir, withDaemonOptions } from '../client.ts'
import { configOrDefault, DEFAULT_CONFIG } from '../default-config.ts'
import { examples } from '../examples.ts'
import type { Verb } from '../verb.ts'

interface Options extends DaemonOptions {
  readonly config?: string
  readonly json?: true
}

export const doctor: Verb = (program) => {
  const command = program
    .command('doctor')
    .summary('what is wrong around us: servers, logs, clock, firewall')
    .description(
      'what is wrong around us: servers, logs, clock, firewall, Fail2Ban, Redis, disk; changes nothing (exit 1 when something is)',
    )
    .option('--config <file>', `the configuration (default: ${DEFAULT_CONFIG} where it is there)`)
  withDaemonOptions(command)
    .option('--json', 'one JSON object a line')
    .addHelpText('after', examples('doctor', 'doctor --config /etc/sipguard/sipguard.yaml --json'))
    .action(async (options: Options) => {
      const [{ createMachineProbe, examine, isWrong }, { loadConfigFor }, screen, { SipguardError }] = await Promise.all([
        import('../../doctor/index.ts'),
        import('../configuration.ts'),
        import('../doctor-screen.ts'),
        import('../../errors.ts'),
      ])
      const config = await loadConfigFor(configOrDefault(options.config))
      const client = createClient(options)
      let asked: Promise<StatusReport | null> | undefined
      const ask = () =>
        client.call<StatusReport>('GET', '/api/status').catch((error: unknown) => {
          if (error instanceof SipguardError && error.code === 'DAEMON_NOT_RUNNING') return null
          throw error
        })
      const stateDir = resolve(options.state ?? defaultStateDir())
      const examined = await examine(createMachineProbe({ config, stateDir, status: () => (asked ??= ask()) }))
      if (options.json) for (const line of screen.examinedJson(examined)) console.log(line)
      else await (await import('../pager.ts')).show(screen.formatExamined(examined).join('\n'))
      if (isWrong(examined)) process.exitCode = 1
    })
}
