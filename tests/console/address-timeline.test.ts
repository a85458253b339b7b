import { describe, expect, test } from 'vitest'
import type { PastBanJson, RecordedJson } from '../../src/api/records-wire.ts'
import { addressJson } from '../../src/api/records-wire.ts'
import { timeline } from '../../src/console/parts/timeline.ts'
import { AT } from '../api/fake-control.ts'
import { anAddressReport, everythingRecorded } from '../api/records-samples.ts'

const NOTHING: RecordedJson = { events: [], bans: [], registrations: [], devices: [], changes: [] }
const everything = addressJson(anAddressReport({ recorded: everythingRecorded() }), null).recorded!
const ban = everything.bans[0]!
const whats = (fields: Partial<PastBanJson>, nowMs = AT) =>
  timeline({ ...NOTHING, bans: [{ ...ban, ...fields }] }, nowMs).map(({ what, at }) => [what, at])

describe('the timeline of what is recorded', () => {
  test('has everything that has a time, newest first', () => {
    const moments = timeline(everything, AT)
    expect(moments.map(({ what }) => what).toSorted()).toEqual(['ban', 'change', 'event', 'event', 'lifted', 'registration'])
    expect(moments.map(({ at }) => at)).toEqual(
      moments
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    )
  })

  test('of nothing is empty', () => {
    expect(timeline(NOTHING, AT)).toEqual([])
  })

  test('says that a ban was lifted, and not that it ended as well', () => {
    const lifted = { lifted_at: '2026-01-15T10:40:00.000Z', until: '2026-01-15T11:00:00.000Z' }
    expect(whats(lifted, AT + 864e5)).toEqual([
      ['lifted', '2026-01-15T10:40:00.000Z'],
      ['ban', ban.at],
    ])
  })

  test('says that a ban ended once it is over', () => {
    const until = '2026-01-15T11:00:00.000Z'
    expect(whats({ lifted_at: null, until }, Date.parse(until) - 1)).toEqual([['ban', ban.at]])
    expect(whats({ lifted_at: null, until }, Date.parse(until))).toEqual([
      ['ended', until],
      ['ban', ban.at],
    ])
  })

  test('has no end of a ban for ever', () => {
    expect(whats({ lifted_at: null, until: null }, AT + 1e12)).toEqual([['ban', ban.at]])
  })
})
