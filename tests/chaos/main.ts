/**
 * `npm run chaos -- [rounds] [--seed N] [--no-peers]`: tries to make sipguard lose a line or count one twice; then the same writer against GNU
 * `tail -F` and the npm package `tail`. Exit status 1 on any difference.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chaos, type Outcome } from './chaos.ts'
import { comparePeers, type PeerResult } from './peers.ts'

const ROUNDS = 300

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string' }, peers: { type: 'boolean', default: true } },
  allowNegative: true,
  allowPositionals: true,
})
const rounds = Number(positionals[0] ?? ROUNDS)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
if (!Number.isSafeInteger(rounds) || rounds < 0 || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run chaos -- [rounds] [--seed N] [--no-peers]')
  process.exit(2)
}

function progress(done: number, counted: number): void {
  if (!process.stderr.isTTY) {
    if (done % 25 === 0) console.error(`${done} of ${rounds} rounds, ${counted} lines`)
    return
  }
  const filled = Math.round((30 * done) / rounds)
  process.stderr.write(`\r${'#'.repeat(filled)}${'.'.repeat(30 - filled)} ${done}/${rounds} rounds, ${counted} lines`)
}

function report(outcome: Outcome): void {
  const { written, counted, swallowed, rescued, differences, did, complaints } = outcome
  const row = (what: string, value: number | string) => console.log(`${what.padEnd(48)} ${String(value).padStart(12)}`)
  for (const [what, times] of Object.entries(did).sort()) row(what, times)
  row('lines written', written)
  row('lines counted, each once', counted)
  row('written between a copy and its truncation, read', rescued)
  row('written between a copy and its truncation, gone', swallowed)
  row('differences', differences.length)
  for (const difference of differences.slice(0, 20)) console.log(`  ${difference}`)
  if (complaints.length > 0) console.log('what it said meanwhile:')
  for (const complaint of complaints) console.log(`  ${complaint}`)
}

function reportPeers(results: readonly PeerResult[]): void {
  console.log('\nrotation       reader          written      lost   doubled   garbled')
  for (const { rotation, reader, written, lost, doubled, garbled } of results) {
    const numbers = [written, lost, doubled, garbled].map((number) => String(number).padStart(10)).join('')
    console.log(`${rotation.padEnd(14)} ${reader.padEnd(12)}${numbers}`)
  }
}

const dir = mkdtempSync(join(tmpdir(), 'sipguard-chaos-'))
console.log(`seed ${seed}; the same rounds again: npm run chaos -- ${rounds} --seed ${seed}`)
try {
  if (rounds > 0) {
    const outcome = await chaos({ dir, seed, rounds, onProgress: progress })
    if (process.stderr.isTTY) process.stderr.write('\n')
    report(outcome)
    if (outcome.differences.length > 0) process.exitCode = 1
  }
  if (values.peers) reportPeers(await comparePeers(join(dir, 'peers')))
} finally {
  if (process.exitCode === 1) console.log(`what is left of it: ${dir}`)
  else rmSync(dir, { recursive: true })
}
