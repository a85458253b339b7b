import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { doctor } from '../../src/cli/verbs/doctor.ts'
import * as doctorIndex from '../../src/doctor/index.ts'
import type { Finding } from '../../src/doctor/probe.ts'
import { runVerbs } from '../cli/run-verbs.ts'

const dir = mkdtempSync(join(tmpdir(), 'sipguard-doctor-'))
afterAll(() => rmSync(dir, { recursive: true }))

const file = join(dir, 'sipguard.yaml')
writeFileSync(file, `sources: [{ file: ${dir}/no\\x1b.log }]\n`)

test('prints one object a line, and ends with 1 where something is wrong', async () => {
  const { out, exitStatus } = await runVerbs([doctor], 'doctor', '--config', file, '--state', dir, '--json')
  const rows = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(exitStatus).toBe(1)
  expect(rows.find(({ check }) => check === 'log-readable')).toEqual({
    type: 'finding',
    check: 'log-readable',
    severity: 'error',
    place: `${dir}/no\\x1b.log`,
    text: 'there is no such log: nothing is seen until somebody writes it',
    remedy: 'correct sources:, or have the server log there (docs/servers.md)',
  })
  expect(rows.find(({ check }) => check === 'daemon')).toMatchObject({ severity: 'note', text: 'no daemon answers' })
  expect(rows.at(-1)).toMatchObject({ type: 'summary', checks: doctorIndex.CHECKS.length })
})

test('tells people the place, what is wrong there and the remedy', async () => {
  const { out, exitStatus } = await runVerbs([doctor], 'doctor', '--config', file, '--state', dir)
  expect(exitStatus).toBe(1)
  expect(out).toContain(`error log-readable: ${dir}/no\\x1b.log\n    there is no such log: `)
  expect(out).toMatch(/\n {4}remedy: correct sources:/)
  expect(out).toMatch(/\n17 checks: \d+ errors?, \d+ warnings?, \d+ notes?(?:; \d+ could not look)?\n$/)
})

test('escapes what comes from files, and says what could not be looked at', async () => {
  const { formatExamined, examinedJson } = await import('../../src/cli/doctor-screen.ts')
  const [check] = doctorIndex.CHECKS
  const finding: Finding = { severity: 'warning', place: '/etc/\x1b[2J', text: 'a\nb', remedy: '\u202e' }
  const examined = [{ check: check!, findings: [finding], unchecked: 'cannot read \x07' }]
  const [head, text, remedy, unchecked, sum] = formatExamined(examined)
  expect([head, text, remedy]).toEqual(['warning daemon: /etc/\\x1b[2J', '    a\\x0ab', '    remedy: \\u202e'])
  expect(unchecked).toBe('not looked at daemon (the daemon runs, and is healthy): cannot read \\x07')
  expect(sum).toBe('1 checks: 0 errors, 1 warning, 0 notes; 1 could not look')
  expect(examinedJson(examined).join('\n')).not.toMatch(/[\x07\x1b\u202e]/)
})

test('a note is nothing wrong, and what could not be looked at is not either', () => {
  const [check] = doctorIndex.CHECKS
  const note: Finding = { severity: 'note', place: 'a', text: 'b', remedy: 'c' }
  expect(doctorIndex.isWrong([{ check: check!, findings: [note], unchecked: 'no' }])).toBe(false)
  expect(doctorIndex.isWrong([{ check: check!, findings: [{ ...note, severity: 'warning' }], unchecked: null }])).toBe(true)
})

test('a configuration that is not valid ends with 2 before anything is looked at', async () => {
  writeFileSync(join(dir, 'bad.yaml'), 'enforcement: none\n')
  const spy = vi.spyOn(console, 'log')
  const { exitStatus, err } = await runVerbs([doctor], 'doctor', '--config', join(dir, 'bad.yaml'))
  expect(exitStatus).toBe(2)
  expect(err).toContain("unknown key 'enforcement'")
  spy.mockRestore()
})
