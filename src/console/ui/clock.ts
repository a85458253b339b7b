import { createStore, useStore } from '../store.ts'

/** The time of day, for what counts down; one timer for all of them. */
const now = createStore(Date.now())
setInterval(() => document.hidden || now.set(Date.now()), 1000)

/** Epoch ms, once a second. */
export const useNow = (): number => useStore(now)
