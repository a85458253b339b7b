import { type Finding, findingsOf } from './finding.ts'
import type { Fleet } from './fleet.ts'

const TIMES = 3

/** Half of the nodes are cut off, both halves decide about the same addresses, and then they meet again. */
export async function partition(fleet: Fleet, times = TIMES): Promise<Finding[]> {
  const { tell, differences } = findingsOf('partition')
  const half = Math.ceil(fleet.nodes.length / 2)
  const [here, there] = [fleet.first, fleet.last]
  const away = fleet.nodes.slice(half)
  const found: string[] = []
  let decisions = 0
  let tookMs = 0
  for (let time = 0; time < times; time++) {
    const known = Array.from({ length: 4 }, () => fleet.newAddress())
    const [liftedHere, liftedThere, bannedAnew, lengthened] = known as [string, string, string, string]
    for (const ip of known) await here.ban(ip, 2)
    for (const ip of known) fleet.expected.add(ip)
    found.push(...(await fleet.agree()))
    for (const { number } of away) fleet.network.cut(number)

    await here.unban(liftedHere)
    await there.ban(liftedHere, 1) // banned already, as far as is known there
    await there.unban(liftedThere)
    await there.unban(bannedAnew)
    await here.unban(bannedAnew)
    await there.ban(bannedAnew, 3)
    await here.ban(lengthened, 4)
    await there.ban(lengthened, 5)
    const [onlyHere, onlyThere, liftedElsewhere, guessedHere, guessedThere] = Array.from({ length: 5 }, () => fleet.newAddress())
    await here.ban(onlyHere!, 1)
    await there.ban(onlyThere!, 1)
    await here.ban(liftedElsewhere!, 1)
    await there.unban(liftedElsewhere!)
    here.guess(guessedHere!, 10)
    there.guess(guessedThere!, 10)
    for (const ip of [onlyHere!, onlyThere!, guessedHere!, guessedThere!]) fleet.expected.add(ip)
    for (const ip of [liftedHere, liftedThere]) fleet.expected.delete(ip)
    decisions += 14

    const startMs = performance.now()
    for (const { number } of away) fleet.network.join(number)
    found.push(...(await fleet.agree()))
    tookMs = Math.max(tookMs, performance.now() - startMs)
  }
  return [
    tell('decisions on both sides', decisions),
    tell('from the healing until all nodes agree, at most', `${(tookMs / 1000).toFixed(1)} s`),
    differences(found),
  ]
}
