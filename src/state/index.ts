export { openState } from './embedded.ts'
export { openMemory } from './memory.ts'
export { readAllowList } from './read-allow-list.ts'
