import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { SipguardError } from '../../src/errors.ts'
import { readLines } from '../../src/sources/index.ts'
import { MAX_LINE, READ_BYTES } from '../../src/sources/lines.ts'
import { asNobody } from './as-nobody.ts'

const directory = mkdtempSync(join(tmpdir(), 'sipguard-replay-'))
chmodSync(directory, 0o755)
afterAll(() => rmSync(directory, { recursive: true }))

const file = (name: string, content: string | Buffer) => {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

async function collect(path: string, onProgress?: (read: number, total: number | null) => void) {
  const lines: string[] = []
  const generations = new Set<string>()
  let largest = 0
  let error: unknown = null
  try {
    for await (const batch of readLines(path, { filter: 'opensips', ...(onProgress && { onProgress }) })) {
      expect(batch).toMatchObject({ source: path, filter: 'opensips' })
      generations.add(batch.generation)
      largest = Math.max(largest, batch.bytes.length)
      for (let i = 0; i < batch.count; i++) lines.push(batch.bytes.toString('latin1', batch.spans[2 * i], batch.spans[2 * i + 1]))
    }
  } catch (caught) {
    error = caught
  }
  return { lines, generations, largest, error }
}

/** Null for one that is closed by now. */
function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}

const many = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${(i * 7919) % 1009} from 192.0.2.${i % 250}:5060`)
const manyText = `${many.join('\n')}\n`

describe('readLines', () => {
  test('delivers every line of a plain file in batches, and one identity', async () => {
    const found = await collect(file('plain.log', manyText))
    expect(found.error).toBeNull()
    expect(found.lines).toEqual(many)
    expect(found.generations.size).toBe(1)
    expect(found.largest).toBeLessThanOrEqual(1 << 20)
  })

  test('delivers the last line without its newline', async () => {
    expect((await collect(file('open.log', 'a\r\nb'))).lines).toEqual(['a', 'b'])
  })

  test('an empty file has no lines', async () => {
    expect(await collect(file('empty.log', ''))).toMatchObject({ lines: [], error: null })
  })

  test('knows gzip by its first bytes, not by its name, and reads all members', async () => {
    const half = Math.floor(manyText.length / 2)
    const two = Buffer.concat([gzipSync(manyText.slice(0, half)), gzipSync(manyText.slice(half))])
    expect((await collect(file('packed', two))).lines).toEqual(many)
    expect((await collect(file('not-packed.gz', manyText))).lines).toEqual(many)
  })

  test('a plain file, which is read without a stream, has the lines that the same bytes have packed', async () => {
    const piece = fc.oneof(
      fc.constantFrom('\n', '\r\n', '\r', '\0', '', '\x1f', 'x'.repeat(MAX_LINE - 1), 'y'.repeat(MAX_LINE), 'z'.repeat(READ_BYTES)),
      fc.string({ unit: 'binary' }),
    )
    const property = fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
      const bytes = Buffer.from(pieces.join(''))
      const [plain, packed] = [await collect(file('any.log', bytes)), await collect(file('any.gz', gzipSync(bytes)))]
      expect([plain.error, plain.lines]).toEqual([null, packed.lines])
    })
    await fc.assert(property, { numRuns: 60 })
  })

  test('a named pipe is read as it comes', async () => {
    const pipe = join(directory, 'pipe')
    const script = 'mkfifo "$2" && echo made && cat "$1" > "$2"'
    const writer = spawn('sh', ['-c', script, 'sh', file('piped.log', manyText), pipe])
    await once(writer.stdout, 'data')
    expect((await collect(pipe)).lines).toEqual(many)
    writer.kill()
  })

  test('whatever else waits has its turn while a large file is read', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    await collect(file('large.log', manyText.repeat(10)))
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
  })

  test('a file is closed where nobody reads on', async () => {
    const path = file('left.log', manyText)
    for await (const batch of readLines(path, { filter: null })) if (batch.count > 0) break
    const open = readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`))
    expect(open).not.toContain(path)
  })

  test('tells how far it is, in bytes of the file', async () => {
    const packed = gzipSync(manyText)
    const seen: [number, number | null][] = []
    await collect(file('progress.gz', packed), (read, total) => seen.push([read, total]))
    expect(seen.at(-1)).toEqual([packed.length, packed.length])
  })

  test('a gzip file that ends too early is read as far as it goes', async () => {
    const packed = gzipSync(manyText)
    const path = file('short.gz', packed.subarray(0, packed.length - 100))
    const { lines, error } = await collect(path)
    expect(lines.length).toBeGreaterThan(10_000)
    expect(lines).toEqual(many.slice(0, lines.length))
    expect(error).toBeInstanceOf(SipguardError)
    expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', message: `cannot read ${path}: the gzip data ends too early` })
  })

  test('a corrupt gzip file is read as far as it goes', async () => {
    const packed = Buffer.from(gzipSync(manyText))
    packed.fill(0xff, packed.length - 8)
    const path = file('corrupt.gz', packed)
    const { lines, error } = await collect(path)
    expect(lines.length).toBeGreaterThan(10_000)
    expect(lines).toEqual(many.slice(0, lines.length))
    expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', message: `cannot read ${path}: the gzip data is corrupt` })
  })

  test('says what is wrong with a file that is missing, a directory or not ours to read', async () => {
    const missing = join(directory, 'missing.log')
    expect((await collect(missing)).error).toMatchObject({ code: 'SOURCE_UNREADABLE', message: `cannot read ${missing}: no such file` })
    expect((await collect(directory)).error).toMatchObject({ message: `cannot read ${directory}: it is a directory, not a file` })
  })

  test('says that permission is denied', async () => {
    const path = file('secret.log', 'a\n')
    chmodSync(path, 0)
    const { error } = await asNobody(() => collect(path))
    expect(error).toMatchObject({ code: 'SOURCE_UNREADABLE', message: `cannot read ${path}: permission denied` })
  })

  test('a dash is standard input, gzip too', () => {
    const script = `import { readLines } from '${new URL('../../src/sources/index.ts', import.meta.url).href}'
      let n = 0; for await (const batch of readLines('-', { filter: null })) n += batch.count
      console.log(n)`
    for (const input of [manyText, gzipSync(manyText)]) {
      const run = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], { input, encoding: 'utf8' })
      expect(run).toMatchObject({ stdout: '20000\n', status: 0 })
    }
  })
})
