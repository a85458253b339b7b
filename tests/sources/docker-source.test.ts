import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDockerSource } from '../../src/sources/docker-source.ts'
import type { Source } from '../../src/sources/source.ts'
import { until } from './recorder.ts'
import { createTaking, type Taking } from './taking.ts'

const FIRST = 'a1'.repeat(32)
const SECOND = 'b2'.repeat(32)

let root: string
let sources: Source[]
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sipguard-docker-'))
  mkdirSync(join(root, 'containers'))
  sources = []
})
afterEach(async () => {
  await Promise.all(sources.map((source) => source.stop()))
  rmSync(root, { recursive: true })
})

/** A container as Docker makes it. */
function make(id: string, name: string, driver = 'json-file'): void {
  mkdirSync(join(root, 'containers', id))
  call(id, name, driver)
}

function call(id: string, name: string, driver = 'json-file'): void {
  const settings = { ID: id, Name: `/${name}`, HostConfig: { LogConfig: { Type: driver, Config: {} } } }
  writeFileSync(join(root, 'containers', id, 'config.v2.json'), JSON.stringify(settings))
}

const logOf = (id: string) => join(root, 'containers', id, `${id}-json.log`)

function print(id: string, ...lines: string[]): void {
  const records = lines.map((line) => JSON.stringify({ log: `${line}\n`, stream: 'stderr', time: '2026-01-15T10:30:45.123456789Z' }))
  appendFileSync(logOf(id), `${records.join('\n')}\n`)
}

async function follow(taking: Taking, container = 'asterisk'): Promise<Source> {
  const source = createDockerSource({ type: 'docker', container, root, filter: 'asterisk' }, taking.options)
  sources.push(source)
  await source.start(taking.sink)
  return source
}

/** Whether this process has the file open. */
const isOpen = (path: string) => readdirSync('/proc/self/fd').some((fd) => linkOf(`/proc/self/fd/${fd}`) === path)

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null // closed meanwhile
  }
}

const printed = (taking: Taking) => taking.texts().map((text) => JSON.parse(text).log.trimEnd() as string)
const reads = (taking: Taking, count: number) =>
  until(
    () => taking.lines.length >= count,
    () => printed(taking).join(),
  )

test('a container is found by its name or id, and its log is followed over Docker’s rotation', async () => {
  make(SECOND, 'other')
  print(SECOND, 'not mine')
  make(FIRST, 'asterisk')
  print(FIRST, 'one')
  const byName = createTaking()
  const byId = createTaking()
  const source = await follow(byName)
  await follow(byId, FIRST.slice(0, 12))
  renameSync(logOf(FIRST), `${logOf(FIRST)}.1`)
  print(FIRST, 'two')
  await reads(byName, 2)
  await reads(byId, 2)
  expect([printed(byName), printed(byId)]).toEqual([
    ['one', 'two'],
    ['one', 'two'],
  ])
  expect(byName.batches.every(({ source, filter }) => source === 'docker:asterisk' && filter === 'asterisk')).toBe(true)
  expect(source.status()).toMatchObject([{ name: 'docker:asterisk', trouble: null, lagBytes: 0, lastLineAtMs: expect.any(Number) }])
})

test('the next container of the name is read from its start, and the log of the one before to its end', async () => {
  make(FIRST, 'asterisk')
  print(FIRST, 'old')
  const taking = createTaking({ fromStart: false })
  await follow(taking)
  await until(() => taking.positions.has('docker:asterisk'))
  print(FIRST, 'one')
  await reads(taking, 1)
  // docker rm -f, docker run --name asterisk
  print(FIRST, 'two')
  rmSync(join(root, 'containers', FIRST), { recursive: true })
  make(SECOND, 'asterisk')
  print(SECOND, 'three')
  await reads(taking, 3)
  expect(printed(taking)).toEqual(['one', 'two', 'three'])
  expect(taking.notices).toEqual([])
})

test('a container that was made while the daemon was away is read whole, and no line comes twice', async () => {
  make(FIRST, 'asterisk')
  print(FIRST, 'one')
  const taking = createTaking()
  const source = await follow(taking)
  await reads(taking, 1)
  await until(() => taking.positions.has('docker:asterisk'))
  await source.stop()
  call(FIRST, 'asterisk-old')
  make(SECOND, 'asterisk')
  print(SECOND, 'two')
  const again = createTaking({ fromStart: false, resume: (stream) => taking.positions.get(stream) })
  await follow(again)
  await reads(again, 1)
  print(SECOND, 'three')
  await reads(again, 2)
  expect(printed(again)).toEqual(['two', 'three'])
})

test('a container that is renamed makes room for the next of its name', async () => {
  make(FIRST, 'asterisk')
  print(FIRST, 'one')
  const taking = createTaking()
  await follow(taking)
  await reads(taking, 1)
  call(FIRST, 'asterisk-old')
  make(SECOND, 'asterisk')
  print(SECOND, 'two')
  await reads(taking, 2)
  expect(printed(taking)).toEqual(['one', 'two'])
  await until(() => !isOpen(logOf(FIRST)))
  expect(isOpen(logOf(SECOND))).toBe(true)
})

test('a container that is not there yet is waited for, and said to be missing', async () => {
  const taking = createTaking()
  const source = await follow(taking)
  expect(source.status()).toMatchObject([{ name: 'docker:asterisk', trouble: `there is no container of this name in ${root}` }])
  make(FIRST, 'asterisk')
  print(FIRST, 'one')
  await reads(taking, 1)
  expect(source.status()[0]?.trouble).toBeNull()
  expect(taking.notices).toEqual([`docker:asterisk: there is no container of this name in ${root}`])
})

test('logs of another driver, and a directory that cannot be read, are told', async () => {
  make(FIRST, 'asterisk', 'journald')
  const other = await follow(createTaking())
  expect(other.status()[0]?.trouble).toBe('its logging driver is journald: only json-file logs are read')
  rmSync(join(root, 'containers'), { recursive: true })
  const none = await follow(createTaking())
  expect(none.status()[0]?.trouble).toBe(`${root} cannot be read: no such file`)
})
