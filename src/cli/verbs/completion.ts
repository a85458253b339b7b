import { Argument, type Command, Option } from 'commander'
import { oneOf } from '../choices.ts'
import { createClient } from '../client.ts'
import { daemonIn } from '../completion/daemon-in.ts'
import { KNOWN_WORDS, type KnownWords, knownWords } from '../completion/known.ts'
import { examples } from '../examples.ts'
import type { Verb } from '../verb.ts'

export const completion: Verb = (program) => {
  program
    .command('completion')
    .summary('print a script that completes in your shell')
    .description('print a script that completes commands, options, and what the daemon knows, in your shell')
    .addArgument(oneOf(new Argument('<shell>', 'your shell'), ['bash', 'zsh', 'fish']))
    // With --words: what is typed so far.
    .allowExcessArguments()
    .addOption(
      oneOf(new Option('--words <kind>', 'instead, the words of this kind that the daemon knows: what the scripts ask for'), KNOWN_WORDS),
    )
    .addHelpText(
      'after',
      examples(
        'completion bash > /etc/bash_completion.d/sipguard',
        'completion zsh > /usr/local/share/zsh/site-functions/_sipguard',
        'completion fish > ~/.config/fish/completions/sipguard.fish',
      ),
    )
    .action(async (shell: 'bash' | 'zsh' | 'fish', { words }: { readonly words?: KnownWords }, { args: [, ...typed] }: Command) => {
      if (words !== undefined) {
        for (const word of await knownWords(words, createClient(daemonIn(typed)))) console.log(word)
        return
      }
      const { completionModel } = await import('../completion/model.ts')
      const nodes = completionModel(program)
      if (shell === 'bash') console.log((await import('../completion/bash.ts')).bashCompletion(nodes))
      else if (shell === 'zsh') console.log((await import('../completion/zsh.ts')).zshCompletion(nodes))
      else console.log((await import('../completion/fish.ts')).fishCompletion(nodes))
    })
}
