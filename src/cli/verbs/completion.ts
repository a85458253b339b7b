import { Argument } from 'commander'
import type { Verb } from '../verb.ts'

export const completion: Verb = (program) => {
  program
    .command('completion')
    .description('print a script that completes commands, options and banned addresses in your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionModel } = await import('../completion/model.ts')
      const nodes = completionModel(program)
      if (shell === 'bash') console.log((await import('../completion/bash.ts')).bashCompletion(nodes))
      else if (shell === 'zsh') console.log((await import('../completion/zsh.ts')).zshCompletion(nodes))
      else console.log((await import('../completion/fish.ts')).fishCompletion(nodes))
    })
}
