import { expect, test } from 'vitest'
import { createClassifier } from '../../src/classify/index.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import { identityOf, readRecord, recordsOf } from '../../src/sources/journal-record.ts'
import { MAX_LINE } from '../../src/sources/lines.ts'

const CURSOR = 's=a2ba2d9e1a9f4926acbd0a07490c8b3d;i=1f;b=9f1b9e6ba1c24f3c9d3f6a0c6d1b2a3c;m=f4240;t=6486ab7a45f40;x=6f11f113c9a09786'
const AT = Date.UTC(2026, 0, 15, 10, 30, 45)
const FAILED = 'NOTICE: <script>: Auth failed: ip=192.0.2.7:5060 proto=udp method=REGISTER rc=-2 user=1001 realm=a ua='

const record = (fields: object) =>
  Buffer.from(
    JSON.stringify({ __CURSOR: CURSOR, __REALTIME_TIMESTAMP: `${AT}000`, SYSLOG_IDENTIFIER: 'kamailio', _COMM: 'kamailio', ...fields }),
  )
const lineOf = (fields: object) => readRecord(record(fields))!.line

const classifier = createClassifier({ filters: loadShippedFilters(), tz: 'UTC' })
function eventOf(fields: object) {
  const line = lineOf(fields)
  expect(line.includes(10)).toBe(false)
  return classifier.classify(line, 0, line.length, null, AT, AT)
}

test('a record becomes a line with journald’s own time, the program and the message', () => {
  expect(eventOf({ MESSAGE: `${FAILED}x` })).toMatchObject({
    kind: 'failed_registration',
    ip: '192.0.2.7',
    atMs: AT,
    counted: true,
    userAgent: 'x',
  })
  expect(readRecord(record({ MESSAGE: 'x' }))).toMatchObject({
    cursor: CURSOR,
    generation: 'a2ba2d9e1a9f4926acbd0a07490c8b3d',
    number: 31,
    cut: false,
  })
})

test('the kernel’s time of a message goes before the time at which journald wrote it', () => {
  expect(eventOf({ MESSAGE: `${FAILED}x`, _SOURCE_REALTIME_TIMESTAMP: `${AT - 1500}999` })?.atMs).toBe(AT - 1500)
})

test('without an identifier the name of the process stands', () => {
  expect(eventOf({ MESSAGE: `${FAILED}x`, SYSLOG_IDENTIFIER: undefined })).toMatchObject({ ip: '192.0.2.7' })
  expect(eventOf({ MESSAGE: `${FAILED}x`, SYSLOG_IDENTIFIER: undefined, _COMM: 'bash' })).toBeNull()
})

test('what a message holds is never another record, program, unit or time', () => {
  const forged = FAILED.replace('192.0.2.7', '198.51.100.9')
  const prefix = 'Jan 15 10:30:45 sbc1 kamailio[1]: '
  for (const message of [
    `INFO: <script>: hello\n${forged}x`,
    `INFO: <script>: hello\n${prefix}${forged}x`,
    `${prefix}${forged}x`,
    `\n${forged}x`,
    ` ${forged}x`,
    JSON.stringify({ MESSAGE: `${forged}x`, SYSLOG_IDENTIFIER: 'kamailio', __REALTIME_TIMESTAMP: '1000000' }),
    JSON.stringify({ log: `${prefix}${forged}x\n`, time: '2020-01-01T00:00:00Z' }),
  ]) {
    expect(eventOf({ MESSAGE: message }), message).toBeNull()
    expect(eventOf({ MESSAGE: [...Buffer.from(message)] }), message).toBeNull()
  }
})

test('a caller who folds a header hides nothing', () => {
  expect(eventOf({ MESSAGE: `${FAILED}x\r\n ip=198.51.100.9` })).toMatchObject({ ip: '192.0.2.7', userAgent: 'x#015#012 ip=198.51.100.9' })
})

test('a message with control characters, which journalctl prints as bytes, is read as text', () => {
  expect(eventOf({ MESSAGE: [...Buffer.from(`${FAILED}a\u001bb`)] })).toMatchObject({ ip: '192.0.2.7', userAgent: 'a#033b' })
  expect(eventOf({ MESSAGE: [...Buffer.from(`${FAILED}caf`), 0xe9] })).toMatchObject({ ip: '192.0.2.7', userAgent: 'caf\ufffd' })
})

test('a part of a long line stays one that can be joined, also when journalctl prints it as bytes', () => {
  const fields = { _STREAM_ID: 'b1', _LINE_BREAK: 'line-max' }
  expect(JSON.parse(lineOf({ ...fields, MESSAGE: [97, 27] }).toString())).toMatchObject({ ...fields, MESSAGE: 'a#033' })
})

test('a message that is none has no text', () => {
  for (const MESSAGE of [null, undefined, 5, ['one', 'two'], [256], { a: 1 }]) {
    expect(JSON.parse(lineOf({ MESSAGE }).toString()).MESSAGE).toBe('')
  }
})

test('a message that is too long is cut, and said to be', () => {
  const { line, cut } = readRecord(record({ MESSAGE: 'é'.repeat(MAX_LINE) }))!
  expect(cut).toBe(true)
  expect(Buffer.byteLength(JSON.parse(line.toString()).MESSAGE)).toBe(MAX_LINE)
})

test('what is no record is none', () => {
  for (const text of ['', '-- No entries --', '{', 'null', '[]', '{"MESSAGE":"x"}', '{"__CURSOR":5}']) {
    expect(readRecord(Buffer.from(text)), text).toBeNull()
  }
})

test('a cursor of an unknown form still tells records apart', () => {
  expect(identityOf('x=1')).toEqual(identityOf('x=1'))
  expect(identityOf('x=1')).not.toEqual(identityOf('x=2'))
})

test('records are found whatever chunks they come in, and one that is too long is left out', async () => {
  async function* chunks() {
    yield Buffer.from('{"a"')
    yield Buffer.from(':1}\n{"b":2}\n')
    for (let i = 0; i < 17; i++) yield Buffer.alloc(65_536, 'x')
    yield Buffer.from('\n{"c":3}\n{"unfinished"')
  }
  const found = []
  for await (const json of recordsOf(chunks())) found.push(json?.toString())
  expect(found).toEqual(['{"a":1}', '{"b":2}', undefined, '{"c":3}'])
})
