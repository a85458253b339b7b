import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig, packageRoot } from '../src/config/index.ts'
import type { HepSource } from '../src/config/types.ts'
import { createPipeline } from '../src/pipeline.ts'
import { HepFrames } from '../src/sources/hep-frames.ts'
import { createHepSource } from '../src/sources/hep-source.ts'
import { until } from './sources/recorder.ts'

const packetsOf = (name: string) => new HepFrames().take(readFileSync(join(packageRoot, 'fixtures/hep', `${name}.bin`)))
const SENT = 50_000
/** Among the others comes a scanner so often. */
const EVERY = 1000

/** Sends as fast as it can, each packet another transaction; tells how many the kernel took. */
const SENDER = `
const { createSocket } = require('node:dgram')
const { workerData: { port, register, scan, count, every }, parentPort } = require('node:worker_threads')
const socket = createSocket('udp4')
socket.connect(port, '127.0.0.1', async () => {
  const packet = Buffer.from(register)
  const at = packet.indexOf('z9hG4bK') + 7
  let sent = 0
  const send = (one) => new Promise((done) => socket.send(one, (error) => { if (!error) sent++; done() }))
  for (let i = 0; i < count; i += 64) {
    const batch = []
    for (let j = i; j < i + 64; j++) {
      if (j % every === 0) for (const one of scan) batch.push(send(Buffer.from(one)))
      const next = Buffer.from(packet)
      next.write(String(j).padStart(8, '0'), at, 'latin1')
      batch.push(send(next))
    }
    await Promise.all(batch)
  }
  socket.close()
  parentPort.postMessage(sent)
})`

test('more packets than anybody can read grow no memory and stall no ban; what is dropped is counted', async () => {
  const config: HepSource = { type: 'hep', host: '127.0.0.1', port: 0, protocols: ['udp'], from: null, key: null }
  const source = createHepSource(config, { now: Date.now, onNotice: () => {} })
  let sent: number | null = null
  let read = 0
  let bannedInTime: boolean | null = null
  const pipeline = createPipeline({
    config: { ...loadConfig(null), sources: [config] },
    node: 'n1',
    clock: 'wall',
    observer: {
      onBatch: ({ count }) => (read += count),
      onDecision: (decision) => {
        if (decision.type === 'ban' && decision.ban.ip === '192.0.2.10') bannedInTime = sent === null
      },
    },
  })
  pipeline.judge.trust.setSelf(['198.51.100.1'])
  await source.start((batch) => {
    pipeline.feed(batch)
  })
  onTestFinished(() => source.stop())
  const before = process.memoryUsage().arrayBuffers
  const [register] = packetsOf('register')
  const worker = new Worker(SENDER, {
    eval: true,
    workerData: { port: source.port('udp'), register, scan: packetsOf('scan'), count: SENT, every: EVERY },
  })
  worker.on('message', (count: number) => (sent = count))
  await until(() => sent !== null && source.status()[0]!.lagBytes === 0)
  await until(() => read + source.status()[0]!.droppedLines === sent)
  expect(bannedInTime).toBe(true)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
})
