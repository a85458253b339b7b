/**
 * Writes filters/prepared.json and filters/prepared-look.json anew: the configuration without a file, ready to be used, and what a look at lines
 * goes by. Run it again when a shipped filter or jail has changed, or what the program makes of them: npm run docs. Until then each start reads the
 * YAML, or works the look out, and tests/config/prepared.test.ts fails.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { planLookFully } from '../src/classify/plan-look.ts'
import { loadConfig, packageRoot } from '../src/config/index.ts'
import { PREPARED, PREPARED_LOOK, prepare, prepareLook } from '../src/config/prepared.ts'
import { storeLookPlan } from '../src/pattern/look-plan.ts'

const config = loadConfig(null)
const plan = planLookFully(config.filters)
if (plan === null) throw new Error('nothing can be told of the shipped filters by a look')
writeFileSync(join(packageRoot, PREPARED), prepare(config))
writeFileSync(join(packageRoot, PREPARED_LOOK), prepareLook(config.filters, storeLookPlan(plan)))
