import { dirname, resolve } from 'node:path'
import { type Setting, sectionsOf, settingOf } from './asterisk-sections.ts'
import { configurationFiles } from './included.ts'
import type { Tree } from './tree.ts'

/** The levels that matter here, the most telling first. */
const LEVELS = ['security', 'notice', 'warning', 'error'] as const

/** One entry of [logfiles], but for the console. */
export interface AsteriskLog {
  /** Null: it goes to syslog. */
  readonly path: string | null
  /** Of LEVELS. */
  readonly levels: readonly string[]
  readonly setting: Setting
}

/** What logger.conf, beside the main configuration, has Asterisk write, below `astlogdir` of asterisk.conf; null without a logger.conf. */
export function asteriskLogs(tree: Tree, configuration: string): AsteriskLog[] | null {
  const filesOf = (name: string) => configurationFiles(resolve(dirname(configuration), name), tree)
  const directories = sectionsOf(filesOf('asterisk.conf')).find(({ name }) => name === 'directories')
  const folder = (directories && settingOf(directories, 'astlogdir')?.value) ?? '/var/log/asterisk'
  const files = filesOf('logger.conf')
  if (files.length === 0) return null
  return sectionsOf(files)
    .flatMap(({ name, settings }) => (name === 'logfiles' ? settings : []))
    .filter(({ key }) => key !== 'console')
    .map((setting) => ({
      path: /^syslog\b/.test(setting.key) ? null : resolve(folder, setting.key),
      levels: levelsIn(setting.value),
      setting,
    }))
}

/** `[FORMAT]LEVEL,LEVEL`, where `*` is all of them. */
function levelsIn(value: string): readonly string[] {
  const levels = value
    .replace(/^\[\w+\]/, '')
    .toLowerCase()
    .split(',')
    .map((level) => level.trim())
  return levels.includes('*') ? LEVELS : LEVELS.filter((level) => levels.includes(level))
}
