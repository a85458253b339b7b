import { expect, test } from 'vitest'
import { createDetector, newestLines } from '../../src/detect/index.ts'
import type { Detection } from '../../src/types.ts'
import { eventsAt, jailOf, SWEEP } from './samples.ts'

test('the lines of the newest hits of a full window are the last of all, of a detection from elsewhere too', () => {
  const detector = createDetector([jailOf({ maxretry: 5, distinct: 'ip', by: ['user'] })], { maxKeys: 1000, sweep: SWEEP })
  const [found] = eventsAt([0, 1, 2, 3, 4]).flatMap((event, i): readonly Detection[] => {
    const ip = `192.0.2.${i}`
    return detector.observe({ ...event, ip }, { level: 'unknown', network: ip, own: false })
  })
  expect(found!.hits).toHaveLength(5)
  expect(found!.hits.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4].map((i) => `192.0.2.${i}`))
  for (const detection of [found!, { ...found!, hits: found!.hits }]) {
    expect(newestLines(detection, 3)).toMatchObject(found!.hits.slice(2).map(({ id, atMs }) => ({ id, atMs })))
    expect(newestLines(detection, 9)).toMatchObject(found!.hits.map(({ id, atMs }) => ({ id, atMs })))
  }
})
