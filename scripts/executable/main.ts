import { main } from '../../src/cli/main.ts'

/** The single executable: the program, or that part of it that `startProcess` of packaged-executable.ts asks for. */
if (process.argv[2] === '--part=cli/configuration-process') await import('../../src/cli/configuration-process.ts')
else await main(process.argv)
