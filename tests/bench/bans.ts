import { execFileSync, spawnSync } from 'node:child_process'
import type { Element } from '../../src/enforce/firewall.ts'
import { nftables } from '../../src/enforce/nftables.ts'
import { needs } from '../require.ts'
import { type Figure, median, type Part } from './figure.ts'

const ROUNDS = 5
const SINGLE = 5000
const MANY = 100_000
const QUICK = { rounds: 3, single: 1000, many: 20_000 }
/** The same elements in a set like ours, which counts the packets of each; and in one that does not. */
const NFT_FILE = { alike: 'one nft -f of the same set', plain: 'one nft -f of a set without counters' }

interface Work {
  readonly rounds: number
  readonly single: number
  readonly many: number
}

interface Taken {
  /** Seconds of each round. */
  readonly single: readonly number[]
  readonly restore: readonly number[]
  readonly alike: readonly number[]
  readonly plain: readonly number[]
}

/** Bans into the kernel, confirmed by it, beside what nft takes for one batch. In a network namespace of its own. */
export const bans: Part = async ({ quick }) => {
  const work = quick ? QUICK : { rounds: ROUNDS, single: SINGLE, many: MANY }
  const taken = needs('root', 'ip', 'nft') ? null : measureApart(work)
  const seconds = (name: keyof Taken) => (taken === null ? null : median(taken[name]))
  const [single, restore, alike, plain] = [seconds('single'), seconds('restore'), seconds('alike'), seconds('plain')]
  const count = (number: number) => number.toLocaleString('en')
  const group = `Bans: ${count(work.many)} at once`
  const ratio = restore !== null && alike !== null && { ratio: { times: restore / alike, of: NFT_FILE.alike } }
  return [
    { group: 'Bans: one after the other', name: `sipguard, ${count(work.single)}`, value: single && work.single / single, unit: 'bans/s' },
    { group, name: 'sipguard, restored at the start', value: restore, unit: 's', ...ratio },
    { group, name: NFT_FILE.alike, value: alike, unit: 's' },
    { group, name: NFT_FILE.plain, value: plain, unit: 's' },
  ] satisfies Figure[]
}

function measureApart(work: Work): Taken {
  const namespace = `sgbans${process.pid}`
  execFileSync('ip', ['netns', 'add', namespace])
  try {
    const argv = ['netns', 'exec', namespace, process.execPath, import.meta.filename, JSON.stringify(work)]
    return JSON.parse(execFileSync('ip', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })) as Taken
  } finally {
    execFileSync('ip', ['netns', 'del', namespace])
  }
}

async function measure({ rounds, single, many }: Work): Promise<Taken> {
  const taken = { single: [] as number[], restore: [] as number[], alike: [] as number[], plain: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const firewall = nftables({ never: [], now: Date.now, onNotice: (message) => console.error(message) })
    const refused = async (work: Promise<readonly unknown[]>) => {
      if ((await work).length > 0) throw new Error('the kernel refused bans')
    }
    await refused(firewall.open([]))
    const alone = elements(single)
    taken.single.push(await seconds(() => Promise.all(alone.map((element) => refused(firewall.add([element]))))))
    const all = elements(many)
    taken.restore.push(await seconds(() => refused(firewall.open(all))))
    await firewall.close()
    for (const [which, declared] of [
      ['alike', 'flags timeout; counter;'],
      ['plain', 'flags timeout;'],
    ] as const) {
      const script = batch(all, declared)
      taken[which].push(await seconds(() => nft(script)))
      nft('flush ruleset\n')
    }
  }
  return taken
}

const elements = (count: number): Element[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ ip: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, scope: 'address', prefix: null, port: null, transport: null },
    untilMs: Date.now() + 3_600_000,
  }))

function batch(elements: readonly Element[], declared: string): string {
  const keys = elements.map(({ ip }) => `${ip} timeout 3600s`).join(', ')
  return `add table inet bench\nadd set inet bench banned { type ipv4_addr; ${declared} }\nadd element inet bench banned { ${keys} }\n`
}

function nft(script: string): void {
  const { status, stderr } = spawnSync('nft', ['-f', '-'], { input: script, encoding: 'utf8' })
  if (status !== 0) throw new Error(`nft ended with ${status}: ${stderr}`)
}

async function seconds(work: () => unknown): Promise<number> {
  const startMs = performance.now()
  await work()
  return (performance.now() - startMs) / 1000
}

if (import.meta.main) console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]!) as Work)))
