import type { Verb } from '../verb.ts'

export const emit: Verb = (program) => {
  program.command('emit').description('placeholder')
}
