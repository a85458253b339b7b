const NO_FILE = 'no such file'
export const NO_MATCH = 'no file matches'

/** Whether what keeps a source from being read is only that it is not there. */
export const isMissing = (trouble: string): boolean => trouble === NO_FILE || trouble === NO_MATCH

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: NO_FILE,
  ENOTDIR: NO_FILE,
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory, not a file',
  ENOTREG: 'it is not a regular file',
  EMFILE: 'too many open files (LimitNOFILE= of the unit, or ulimit -n, allows more)',
  ENFILE: 'too many open files',
  ELOOP: 'its symbolic links form a loop',
  EIO: 'the disk reports an error',
  ESTALE: 'the network file system lost it',
  Z_BUF_ERROR: 'the gzip data ends too early',
  Z_DATA_ERROR: 'the gzip data is corrupt',
}

/** Why a file cannot be read, in words. Unknown errors speak for themselves. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error)
  return (code && WORDS[code]) || (error instanceof Error ? error.message : String(error))
}

/** `ENOENT`, `Z_DATA_ERROR` …; undefined for anything that is not a system or zlib error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
