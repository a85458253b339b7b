export { checkSample, type FilterProof, type PrintedSample, type ProvableFilter, proveFilter } from './filter-proof.ts'
export { type Finding, renderFinding } from './finding.ts'
export { shareLines } from './witness.ts'
