import { canonicalAddress, parseCidr } from '../address.ts'
import type { Config } from '../config/types.ts'
import { resolveName } from '../daemon/resolved-list.ts'
import { forTerminal } from '../escape.ts'
import type { Judge } from '../judge.ts'

/**
 * Gives each judge the lists of its configuration, DNS names as they resolve today. Each name is asked for once; what does not resolve is
 * said, and protects nobody.
 */
export async function takeLists(
  judges: readonly { readonly judge: Judge; readonly config: Pick<Config, 'self' | 'ignoreip' | 'peers'> }[],
): Promise<void> {
  const answers = new Map<string, Promise<string[]>>()
  const resolve = async (list: readonly string[], key: string) => {
    const resolved = list.map((entry) => {
      if (parseCidr(entry) !== null) return [entry]
      const answer = answers.get(entry) ?? addressesOf(entry, key)
      answers.set(entry, answer)
      return answer
    })
    return (await Promise.all(resolved)).flat()
  }
  for (const { judge, config } of judges) {
    judge.trust.setSelf(config.self)
    judge.trust.setIgnored(await resolve(config.ignoreip, 'ignoreip'))
    judge.trust.setPeers(await resolve(config.peers, 'peers'))
  }
}

async function addressesOf(name: string, key: string): Promise<string[]> {
  try {
    return (await resolveName(name)).map(canonicalAddress).filter((ip) => ip !== null)
  } catch (error) {
    console.error(forTerminal(`${key}: ${name} cannot be resolved (${(error as NodeJS.ErrnoException).code})`))
    return []
  }
}
