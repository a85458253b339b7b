/**
 * Writes filters/prepared.json anew: the configuration without a file, ready to be used. Run it again when a shipped filter or jail has changed, or
 * what the program makes of them: npm run docs. Until then each start reads the YAML, and tests/config/prepared.test.ts fails.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig, packageRoot } from '../src/config/index.ts'
import { PREPARED, prepare } from '../src/config/prepared.ts'

writeFileSync(join(packageRoot, PREPARED), prepare(loadConfig(null)))
