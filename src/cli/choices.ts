import { type Argument, InvalidArgumentError, type Option } from 'commander'
import { closestName } from '../config/names.ts'

/** An option or argument that takes one of these words; of a misspelt one it says which was probably meant. */
export function oneOf<Taker extends Option | Argument>(taker: Taker, words: readonly string[]): Taker {
  taker.choices(words)
  taker.argParser((word: string) => {
    if (words.includes(word)) return word
    const meant = closestName(word, words)
    throw new InvalidArgumentError(`${meant === null ? '' : `Did you mean '${meant}'? `}Allowed choices are ${words.join(', ')}.`)
  })
  return taker
}
