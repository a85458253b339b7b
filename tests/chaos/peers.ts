import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { lineOf, numberOf } from './line.ts'
import { ROTATIONS, type Rotation } from './plan.ts'
import { startReading } from './reading.ts'
import { startWriting } from './writing.ts'

export interface PeerResult {
  readonly rotation: Rotation
  readonly reader: string
  readonly written: number
  readonly lost: number
  readonly doubled: number
  readonly garbled: number
}

interface Peer {
  readonly name: string
  /** Of the lines it has given, in order. */
  readonly numbers: readonly number[]
  readonly garbled: () => number
  end(): Promise<unknown>
}

const TIMES = 10
const BETWEEN_MS = 1000
const QUIET_MS = 2000
const GAP_MS = 5
/** Numbers from here on only ask whether a reader is there. */
const PROBES = 1e9

/** The same writer and rotations, ten for each kind, before sipguard, GNU `tail -F` and the npm package `tail`, none of them killed. */
export async function comparePeers(dir: string): Promise<PeerResult[]> {
  const results: PeerResult[] = []
  for (const rotation of ROTATIONS) results.push(...(await compare(join(dir, rotation), rotation)))
  return results
}

async function compare(dir: string, rotation: Rotation): Promise<PeerResult[]> {
  const log = join(dir, 'log', 'sip.log')
  mkdirSync(join(dir, 'log'), { recursive: true })
  writeFileSync(log, '')
  const npmTail = fileURLToPath(import.meta.resolve('./npm-tail.js'))
  const peers = [
    sipguard(log, join(dir, 'state')),
    peerOf('GNU tail -F', spawn('tail', ['-F', '-n', '+1', log])),
    peerOf('npm tail 2', spawn(process.execPath, [npmTail, log])),
  ]
  for (let probe = PROBES; peers.some(({ numbers }) => numbers.length === 0); probe++) {
    appendFileSync(log, lineOf(probe, Date.now()))
    await sleep(100)
  }
  const writing = startWriting(log)
  for (let i = 0; i < TIMES; i++) {
    await sleep(BETWEEN_MS)
    await writing.rotate(rotation, GAP_MS)
  }
  await sleep(BETWEEN_MS)
  const written = await writing.pause()
  await quiet(peers)
  writing.end()
  const results = peers.map(({ name, numbers, garbled }) => {
    const own = numbers.filter((number) => number < PROBES)
    const distinct = new Set(own).size
    return { rotation, reader: name, written, lost: written - distinct, doubled: own.length - distinct, garbled: garbled() }
  })
  await Promise.all(peers.map((peer) => peer.end()))
  return results
}

function sipguard(log: string, state: string): Peer {
  const { printed, look, end } = startReading(log, state, '--from-start')
  return {
    name: 'sipguard',
    get numbers() {
      look()
      return printed
    },
    garbled: () => 0,
    end: () => end('SIGTERM'),
  }
}

function peerOf(name: string, child: ChildProcess): Peer {
  const numbers: number[] = []
  let garbled = 0
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const number = numberOf(line)
    if (number === null) garbled++
    else numbers.push(number)
  })
  const closed = once(child, 'close')
  return {
    name,
    numbers,
    garbled: () => garbled,
    end() {
      child.kill()
      return closed
    },
  }
}

/** Nobody has got a new line for a while. */
async function quiet(peers: readonly Peer[]): Promise<void> {
  const count = () => peers.reduce((sum, { numbers }) => sum + numbers.length, 0)
  for (let before = -1; before !== count(); ) {
    before = count()
    await sleep(QUIET_MS)
  }
}
