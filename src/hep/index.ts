export { createDoubles } from './doubles.ts'
export { createHepReader } from './reader.ts'
