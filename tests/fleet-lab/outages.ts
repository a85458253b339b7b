import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../generator/random.ts'
import { Operator, type Tally } from './decisions.ts'
import { type Finding, findingsOf } from './finding.ts'
import type { Fleet } from './fleet.ts'
import type { LabNode } from './node.ts'

const OPERATORS = 3
/** At least, and twice as many at most. */
const DECISIONS = 3
/** After so many rounds everything runs, and all nodes must have the same and the right bans. */
const SETTLE_EVERY = 4
/** Operators take some 300 ms. */
const LONGEST_BEFORE_MS = 300
const LONGEST_AWAY_MS = 1500
const LONGEST_CUT_MS = 4000
/** What comes late must not change anything any more. */
const LATE_MS = 3000

export interface OutagesOptions {
  readonly seed: number
  readonly rounds: number
  readonly onRound?: (done: number) => void
}

/** Redis and nodes are killed with -9, and links cut, while bans are decided and lifted. Ends at the first difference. */
export async function outages(fleet: Fleet, { seed, rounds, onRound }: OutagesOptions): Promise<Finding[]> {
  const { tell, show, differences } = findingsOf('outages')
  const random = new Random(seed)
  const tally: Tally = { guessed: 0, banned: 0, lifted: 0, needless: 0, unanswered: 0 }
  const operators = Array.from({ length: OPERATORS }, (_, i) => new Operator(fleet, new Random(seed + 1 + i), tally))
  const did: Record<string, number> = {}
  const starting = new Set<Promise<void>>()

  /** Some that run; at least half of all, and one, are left. */
  function some(nodes: readonly LabNode[]): LabNode[] {
    const running = nodes.filter(({ isRunning }) => isRunning)
    const most = Math.min(running.length - Math.ceil(fleet.nodes.length / 2), 1 + Math.floor(fleet.nodes.length / 5))
    const count = most < 1 ? 0 : 1 + random.below(most)
    return Array.from({ length: count }, () => running.splice(random.below(running.length), 1)[0]!)
  }

  /** Nobody waits for them: they may be killed while they start. */
  function startAgain(nodes: readonly LabNode[]): void {
    const done = fleet.start(nodes).finally(() => starting.delete(done))
    done.catch(() => {})
    starting.add(done)
  }

  async function redisAway(empty: boolean): Promise<void> {
    await fleet.redis.kill()
    await sleep(random.below(LONGEST_AWAY_MS))
    await fleet.redis.start({ empty })
  }

  /** They decide something before. */
  async function nodesDown(nodes = some(fleet.nodes)): Promise<void> {
    await sleep(random.below(LONGEST_BEFORE_MS))
    await Promise.all(nodes.map((node) => node.kill()))
    await sleep(random.below(LONGEST_AWAY_MS))
    startAgain(nodes)
  }

  /** What they decide meanwhile waits on their disks, where they are killed too. */
  async function nodesCut(killed: boolean): Promise<void> {
    const nodes = some(fleet.nodes)
    for (const { number } of nodes) fleet.network.cut(number)
    await (killed ? nodesDown(nodes) : sleep(random.below(LONGEST_CUT_MS)))
    for (const { number } of nodes) fleet.network.join(number)
  }

  const incidents: Readonly<Record<string, () => Promise<unknown>>> = {
    'Redis killed': () => redisAway(false),
    'Redis killed and emptied': () => redisAway(true),
    'nodes killed': () => nodesDown(),
    'nodes cut off': () => nodesCut(false),
    'nodes cut off and killed': () => nodesCut(true),
    'nodes and Redis killed': () => Promise.all([nodesDown(), redisAway(false)]),
    'nodes killed, Redis killed and emptied': () => Promise.all([nodesDown(), redisAway(true)]),
  }

  async function settle(): Promise<readonly string[]> {
    await Promise.all(starting)
    await fleet.start()
    await fleet.connected()
    return fleet.agree()
  }

  let different: readonly string[] = []
  let done = 0
  while (done < rounds && different.length === 0) {
    const name = random.pick(Object.keys(incidents))
    did[name] = (did[name] ?? 0) + 1
    const work = operators.map((operator) => operator.decide(DECISIONS + random.below(DECISIONS)))
    await Promise.all([...work, incidents[name]!()])
    if (++done % SETTLE_EVERY === 0 || done === rounds) different = await settle()
    onRound?.(done)
  }
  await sleep(LATE_MS)
  if (different.length === 0) different = await fleet.agree(0)
  return [
    show('rounds', done, String(rounds), done === rounds),
    ...Object.entries(did).map(([what, times]) => tell(what, times)),
    tell('banned by ten lines', tally.guessed),
    tell('banned by command', tally.banned),
    tell('lifted', tally.lifted),
    tell('commands without an answer', tally.unanswered),
    tell('bans at the end', fleet.expected.size),
    differences(different),
  ]
}
