import { expect, test } from 'vitest'
import { CHECKS } from '../../src/doctor/index.ts'
import { firstCodes, section } from '../docs-pages.ts'

test('docs/doctor.md and the program have the same checks, in the same order', () => {
  expect(firstCodes(section('docs/doctor.md', '## The checks'))).toEqual(CHECKS.map(({ id }) => id))
})
