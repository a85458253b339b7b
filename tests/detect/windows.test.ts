import { expect, test } from 'vitest'
import type { Jail } from '../../src/config/types.ts'
import type { SipEvent } from '../../src/types.ts'
import { detectorWith, eventOf, eventsAt, HOUR, jailOf, MINUTE, SECOND, SWEEP } from './samples.ts'

/** Three in ten seconds, unless told otherwise. */
function detectorOf(...jails: readonly Parameters<typeof jailOf>[0][]) {
  return detectorWith((jails.length > 0 ? jails : [{}]).map(jailOf), { maxKeys: 1000 })
}

/** Which of the events fire, by their place. */
function firing(events: readonly SipEvent[], detector = detectorOf()): number[] {
  return events.flatMap((event, i) => (detector.observe(event).length > 0 ? [i] : []))
}

test('maxretry events with exactly findtime from first to last fire', () => {
  expect(firing(eventsAt([0, 5, 10]))).toEqual([2])
})

test('maxretry events with more than findtime from first to last do not fire', () => {
  expect(firing(eventsAt([0, 5, 10.001]))).toEqual([])
})

test('the window slides: it need not begin at the first event', () => {
  expect(firing(eventsAt([0, 9, 12, 18]))).toEqual([3])
})

test('firing clears the window', () => {
  expect(firing(eventsAt([0, 1, 2, 3, 4, 5, 6]))).toEqual([2, 5])
})

test('a late event counts where it belongs', () => {
  expect(firing(eventsAt([0, 10, 12, 6]))).toEqual([3])
})

test('an event older than twice the findtime does not count any more', () => {
  expect(firing(eventsAt([30, 10, 10, 10]))).toEqual([3])
  expect(firing(eventsAt([30, 9, 9, 9]))).toEqual([])
})

test('the same line again changes nothing, also right after it fired', () => {
  const detector = detectorOf()
  const events = eventsAt([0, 1, 2])
  expect(firing([...events.slice(0, 2), ...events.slice(0, 2)], detector)).toEqual([])
  expect(firing(events, detector)).toEqual([2])
  expect(firing([...events, ...events], detector)).toEqual([])
  expect(firing(eventsAt([3, 4]), detector)).toEqual([])
})

test('a jail of one event fires for each line once', () => {
  const events = eventsAt([0, 1])
  expect(firing([...events, ...events], detectorOf({ maxretry: 1 }))).toEqual([0, 1])
})

test('addresses are counted apart, those of one /64 together', () => {
  const from = (ip: string) => eventOf({ ip })
  expect(firing([from('192.0.2.1'), from('192.0.2.2'), from('192.0.2.3')])).toEqual([])
  expect(firing([from('2001:db8::1'), from('2001:db8::2'), from('2001:db8::ffff')])).toEqual([2])
  expect(firing([from('2001:db8::1'), from('2001:db8:0:1::1'), from('2001:db8:0:2::1')])).toEqual([])
})

test('distinct: user counts different users, and nobody without a name', () => {
  const users = ['a', 'a', 'b', null, 'b', null, 'c'].map((user, second) => eventOf({ user, atMs: second * SECOND }))
  expect(firing(users, detectorOf({ distinct: 'user' }))).toEqual([6])
})

test('distinct: ip counts different addresses, a /64 as one', () => {
  const ips = ['192.0.2.1', '192.0.2.1', '2001:db8::1', '2001:db8::2', '192.0.2.2'].map((ip) => eventOf({ ip }))
  expect(firing(ips, detectorOf({ by: ['user'], distinct: 'ip' }))).toEqual([4])
})

test('who repeats one user a thousand times neither fires nor pushes the others out', () => {
  const repeated = Array.from({ length: 1000 }, (_, i) => eventOf({ user: 'b', atMs: 1000 + i }))
  const detector = detectorOf({ distinct: 'user' })
  expect(firing([eventOf({ user: 'a' }), ...repeated], detector)).toEqual([])
  expect(detector.observe(eventOf({ user: 'c', atMs: 3 * SECOND }))[0]?.count).toBe(3)
})

test('lines of repeated users that are read again after firing do not begin a new window', () => {
  const users = ['a', 'a', 'a', 'b', 'b', 'b', 'c'].map((user, i) => eventOf({ user, atMs: i * 100 }))
  const detector = detectorOf({ distinct: 'user' })
  expect(firing(users, detector)).toEqual([6])
  expect(firing([...users, eventOf({ user: 'd', atMs: SECOND })], detector)).toEqual([])
})

const unless = { unless: 'success' } as const

test('an address with a success within findtime does not fire', () => {
  const detector = detectorOf(unless)
  detector.observe(eventOf({ kind: 'registration', counted: false, atMs: 0 }))
  expect(firing(eventsAt([1, 2, 3, 9, 10, 10.5]), detector)).toEqual([5])
})

test('an authentication is a success too, a deregistration is none', () => {
  for (const [kind, fires] of [
    ['auth_success', []],
    ['unregistration', [2]],
  ] as const) {
    const detector = detectorOf(unless)
    detector.observe(eventOf({ kind, counted: false }))
    expect(firing(eventsAt([1, 2, 3]), detector)).toEqual(fires)
  }
})

test('a success after the event, from another address or without one spares nobody', () => {
  for (const success of [{ atMs: 4 * SECOND }, { ip: '192.0.2.2' }, { ip: null }, { why: 'forgeable' }]) {
    const detector = detectorOf(unless)
    detector.observe(eventOf({ kind: 'registration', counted: false, ...success }))
    expect(firing(eventsAt([1, 2, 3]), detector)).toEqual([2])
  }
})

test('without `unless: success` a success spares nobody', () => {
  const detector = detectorOf()
  detector.observe(eventOf({ kind: 'registration', counted: false }))
  expect(firing(eventsAt([1, 2, 3]), detector)).toEqual([2])
})

test('forget clears what is counted against an address and its /64', () => {
  const detector = detectorOf()
  firing(eventsAt([0, 1], { ip: '2001:db8::1' }), detector)
  detector.forget('2001:db8::2', SECOND)
  expect(firing(eventsAt([2, 3], { ip: '2001:db8::1' }), detector)).toEqual([])
  detector.forget('2001:db8::/64', 3 * SECOND)
  expect(firing(eventsAt([4, 5, 6], { ip: '2001:db8::1' }), detector)).toEqual([2])
})

test('forget wins over older lines in flight, and an older forget does not undo it', () => {
  const detector = detectorOf()
  detector.forget('192.0.2.1', 5 * SECOND)
  detector.forget('192.0.2.1', SECOND)
  expect(firing(eventsAt([3, 4, 5, 6, 7]), detector)).toEqual([])
  expect(detector.observe(eventOf({ atMs: 8 * SECOND }))[0]?.count).toBe(3)
})

test('forget takes an address out of the windows of the users it attacked', () => {
  const stuffing: Partial<Jail> = { by: ['user'], distinct: 'ip' }
  const detector = detectorOf(stuffing, { name: 'both', by: ['ip', 'user'] })
  firing([eventOf({ ip: '192.0.2.1' }), eventOf({ ip: '192.0.2.2' })], detector)
  detector.forget('192.0.2.1', 0)
  expect(firing([eventOf({ ip: '192.0.2.3', atMs: 1 }), eventOf({ ip: '192.0.2.4', atMs: 2 })], detector)).toEqual([1])
})

const staged = {
  by: ['user'],
  distinct: 'ip',
  findtimeMs: HOUR,
  second: { by: ['user', 'ip'], maxretry: 2, findtimeMs: HOUR, bantimeMs: MINUTE },
} as const

function stages(detector: ReturnType<typeof detectorOf>, ip: string, minute: number, given: Partial<SipEvent> = {}): string[] {
  return detector.observe(eventOf({ ip, atMs: minute * MINUTE, ...given })).map(({ stage, key }) => `${stage} ${key}`)
}

test('a first stage that fires puts its key under attack; then an address falls at its second failure on it', () => {
  const detector = detectorOf(staged)
  expect(stages(detector, '192.0.2.1', 0)).toEqual([])
  expect(stages(detector, '192.0.2.2', 1)).toEqual([])
  expect(stages(detector, '192.0.2.3', 2)).toEqual(['1 1001@example.com'])
  expect(stages(detector, '192.0.2.3', 3)).toEqual(['2 1001@example.com 192.0.2.3'])
  expect(stages(detector, '198.51.100.9', 4)).toEqual([])
  expect(stages(detector, '198.51.100.9', 5)).toEqual(['2 1001@example.com 198.51.100.9'])
})

test('failures before the attack was seen count for the second stage, also those of the event that shows it', () => {
  const detector = detectorOf(staged)
  expect(stages(detector, '192.0.2.1', 0)).toEqual([])
  expect(stages(detector, '192.0.2.1', 1)).toEqual([])
  expect(stages(detector, '192.0.2.2', 2)).toEqual([])
  expect(stages(detector, '192.0.2.3', 3)).toEqual(['1 1001@example.com'])
  expect(stages(detector, '192.0.2.1', 4)).toEqual(['2 1001@example.com 192.0.2.1'])

  const other = detectorOf({ ...staged, distinct: null })
  stages(other, '192.0.2.1', 0)
  stages(other, '192.0.2.2', 1)
  expect(stages(other, '192.0.2.1', 2)).toEqual(['1 1001@example.com', '2 1001@example.com 192.0.2.1'])
})

test('a key that is not under attack, or was longer ago than findtime, has no second stage', () => {
  const detector = detectorOf(staged)
  for (const [i, ip] of ['192.0.2.1', '192.0.2.2', '192.0.2.3'].entries()) stages(detector, ip, i)
  for (const minute of [3, 4, 5]) expect(stages(detector, '198.51.100.9', minute, { user: '1002' })).toEqual([])
  for (const minute of [63, 64, 65]) expect(stages(detector, '198.51.100.9', minute)).toEqual([])
})

test('a second stage spares the address, /24 and /64 of a success; the first stage still tells of the attack', () => {
  for (const [success, attacker, falls] of [
    ['198.51.100.9', '198.51.100.9', false],
    ['198.51.100.200', '198.51.100.9', false],
    ['198.51.101.9', '198.51.100.9', true],
    ['2001:db8::1', '2001:db8::2', false],
    ['2001:db8:0:1::1', '2001:db8::2', true],
  ] as const) {
    const detector = detectorOf({ ...staged, unless: 'success' })
    detector.observe(eventOf({ kind: 'registration', ip: success, counted: false }))
    stages(detector, '192.0.2.1', 0)
    stages(detector, '192.0.2.2', 1)
    expect(stages(detector, attacker, 2)).toEqual(['1 1001@example.com'])
    expect(stages(detector, attacker, 3).length).toBe(falls ? 1 : 0)
  }
})

test('other jails take effect, and unchanged ones keep their windows', () => {
  const detector = detectorOf({ name: 'kept' }, { name: 'changed' }, { name: 'gone' })
  firing(eventsAt([0, 1]), detector)
  const fresh = [
    jailOf({ name: 'kept', bantimeMs: 1, alertonly: true }),
    jailOf({ name: 'changed', findtimeMs: MINUTE }),
    jailOf({ name: 'new' }),
  ]
  detector.reconfigure(fresh, SWEEP)
  expect(detector.observe(eventOf({ atMs: 2 * SECOND })).map(({ jail }) => jail)).toEqual(['kept'])
  expect(detector.observe(eventOf({ atMs: 3 * SECOND }))).toEqual([])
  expect(detector.observe(eventOf({ atMs: 4 * SECOND })).map(({ jail }) => jail)).toEqual(['changed', 'new'])
})
