import { join } from 'node:path'
import { packageRoot, readFile } from '../packaged.ts'

const found = JSON.parse(readFile(join(packageRoot, 'package.json')).toString('utf8')) as { version: string }
export const version = found.version
