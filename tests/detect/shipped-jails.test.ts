import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadJailFile } from '../../src/config/jail-file.ts'
import type { Jail } from '../../src/config/types.ts'
import { formatDuration } from '../../src/duration.ts'
import type { SipEvent } from '../../src/types.ts'
import { detectorWith, eventOf, MINUTE } from './samples.ts'

const directory = fileURLToPath(new URL('../../jails/', import.meta.url))
const files = readdirSync(directory).sort()
const jails = files.map((file) => loadJailFile(directory + file))

/** `10 in 5m → 1h` */
function said({ maxretry, findtimeMs, bantimeMs, alertonly, then }: Jail): string {
  const length = alertonly || then ? 'alert' : formatDuration(bantimeMs)
  const second = then ? `, then ${then.maxretry} in ${formatDuration(then.findtimeMs)} → ${formatDuration(then.bantimeMs)}` : ''
  return `${maxretry} in ${formatDuration(findtimeMs)} → ${length}${second}`
}

test('the default jails are these', () => {
  expect(Object.fromEntries(jails.map((jail) => [jail.name, said(jail)]))).toEqual({
    'sip-auth': '10 in 5m → 1h',
    'sip-enum': '10 in 10m → 1h',
    'sip-flood': '1 in 1m → 10m',
    'sip-knock': '10 in 5m → 1h',
    'sip-malformed': '50 in 1m → 10m',
    'sip-rate': '300 in 1m → alert',
    'sip-rate-register': '60 in 1m → 10m',
    'sip-scanner': '1 in 5m → 1d',
    'sip-stuffing': '10 in 1d → alert, then 2 in 1d → 1h',
  })
})

test('every jail that bans doubles its bantime up to four weeks, and says first what it is for', () => {
  for (const jail of jails)
    expect([jail.name, jail.increment]).toEqual([jail.name, jail.alertonly ? null : { factor: 2, maxtimeMs: 4 * 7 * 24 * 60 * MINUTE }])
  for (const file of files) expect(readFileSync(directory + file, 'utf8')).toMatch(/^# \S.*\.\n/)
})

/** How many such events, a second apart, it takes until each jail fires. */
function until(events: (i: number) => Partial<SipEvent>, most = 400): Record<string, number> {
  const detector = detectorWith(jails, { maxKeys: 10_000 })
  const first: Record<string, number> = {}
  for (let i = 0; i < most; i++) {
    for (const { jail, stage } of detector.observe(eventOf({ atMs: i * 100, ...events(i) })))
      first[stage === 2 ? `${jail} then` : jail] ??= i + 1
  }
  return first
}

test('password guessing, knocking, scanning, enumeration, floods and stuffing each fall to their own jail', () => {
  expect(until(() => ({}))).toEqual({ 'sip-auth': 10 })
  expect(until(() => ({ kind: 'call_rejected' }))).toEqual({ 'sip-auth': 10 })
  expect(until(() => ({ kind: 'door_knock', reason: 'domain_not_found', user: null }))).toEqual({ 'sip-knock': 10 })
  expect(until(() => ({ kind: 'door_knock', reason: 'scanner_detected', user: null }))).toEqual({ 'sip-scanner': 1 })
  expect(until((i) => ({ user: `${1000 + i}` }))).toEqual({ 'sip-auth': 10, 'sip-enum': 10 })
  expect(until(() => ({ kind: 'malformed' }))).toEqual({ 'sip-malformed': 50 })
  expect(until(() => ({ kind: 'flood' }))).toEqual({ 'sip-flood': 1 })
  expect(until(() => ({ kind: 'request', method: 'REGISTER', counted: false }))).toEqual({ 'sip-rate-register': 60 })
  expect(until(() => ({ kind: 'request', method: 'OPTIONS', counted: false }))).toEqual({ 'sip-rate': 300 })
  expect(until((i) => ({ ip: `192.0.2.${i % 20}`, atMs: i * MINUTE }), 60)).toEqual({ 'sip-stuffing': 10, 'sip-stuffing then': 21 })
})

test('an office whose phones register is spared by sip-rate-register', () => {
  expect(until((i) => ({ kind: i % 2 ? 'request' : 'registration', method: 'REGISTER', counted: false }))).toEqual({})
})
