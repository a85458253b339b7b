import { openMemory } from '../../src/state/index.ts'
import { stateContract } from './contract.ts'

stateContract('memory', async () => openMemory())
