import { join, resolve } from 'node:path'
import { DEFAULT_CONFIG } from '../default-config.ts'
import { examples } from '../examples.ts'
import type { Verb } from '../verb.ts'

interface Options {
  readonly config?: string
  readonly root?: string
  readonly yes?: true
}

export const init: Verb = (program) => {
  program
    .command('init')
    .summary('find the SIP servers and propose a configuration')
    .description(
      'find the SIP servers, their logs and their trunks, propose a configuration that observes only, and write it when you agree',
    )
    .option('--config <file>', `the file to write (default: ${DEFAULT_CONFIG})`)
    .option('--root <dir>', 'look below this directory instead of /')
    .option('--yes', 'write without asking; what stood there before is kept as FILE.old')
    .addHelpText('after', examples('init', 'init --yes --config /etc/sipguard/sipguard.yaml'))
    .action(run)
}

async function run(options: Options): Promise<void> {
  const [init, { createTree }, { SIP_SERVERS }, { SipguardError }, { forTerminal }] = await Promise.all([
    import('../../init/index.ts'),
    import('../../servers/tree.ts'),
    import('../../servers/sip-servers.ts'),
    import('../../errors.ts'),
    import('../../escape.ts'),
  ])
  const root = resolve(options.root ?? '/')
  const path = resolve(options.config ?? join(root, DEFAULT_CONFIG))
  const tree = createTree(root)
  const proposal = init.propose(tree, init.sshClient(createTree('/'), process.env, process.ppid))
  if (proposal.servers.length === 0) {
    const places = SIP_SERVERS.map(({ configurations }) => configurations[0]).join(', ')
    throw new SipguardError(
      'SERVER_NOT_FOUND',
      `no SIP server was found below ${root}: no ${places}, no such process, no such container. Name a log yourself (sipguard watch FILE), or hear the SIP of another host (docs/hep.md)`,
    )
  }
  const text = init.configurationText(proposal)
  const before = createTree('/').read(path)
  if (before === text) {
    console.log(`${forTerminal(path)} is as it would be proposed; nothing to do`)
    return
  }
  for (const line of before === null ? text.trimEnd().split('\n') : init.lineDiff(before, text)) console.log(forTerminal(line))
  if (!(await agrees(options, forTerminal(path), before !== null))) {
    throw new SipguardError('INIT_DECLINED', `nothing was written${process.stdin.isTTY ? '' : ': without a terminal it takes --yes'}`)
  }
  const { kept } = init.writeConfiguration(path, text)
  console.error(`wrote ${forTerminal(path)}${kept === null ? '' : `; what stood there is ${forTerminal(kept)}`}`)
  console.error(
    await nextSteps(
      path,
      proposal.servers.map(({ server }) => server.name),
    ),
  )
}

async function agrees({ yes }: Options, path: string, isThere: boolean): Promise<boolean> {
  if (yes) return true
  if (!process.stdin.isTTY) return false
  const { askYes } = await import('../ask.ts')
  return askYes(isThere ? `Replace ${path}?` : `Write ${path}?`)
}

async function nextSteps(path: string, servers: readonly string[]): Promise<string> {
  const [{ commandLine }, { forTerminal }] = await Promise.all([import('../command-line.ts'), import('../../escape.ts')])
  const steps = [
    ...[...new Set(servers)].map((server): [string[], string] => [['emit', server], `what ${server} must log`]),
    [['doctor', '--config', path], 'what is wrong around'] as const,
    [['watch', '--config', path], 'begin to observe (or systemctl start sipguard)'] as const,
  ]
  return ['next:', ...steps.map(([words, why]) => `  ${forTerminal(commandLine(words, {}))}    ${why}`)].join('\n')
}
