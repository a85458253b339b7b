import { vi } from 'vitest'

/** Waits for a condition as long as a noisy machine may need. */
export const soon = (check: () => void) => vi.waitFor(check, { timeout: 20_000 })
