import { type BackupProgress, type DoneCount, FILE_KINDS } from '#common/engine-contract.ts'
import { counted, size } from './command.ts'

/** Where lines about progress go: one that is written over on a terminal, nothing at all where nobody looks. */
export function progressLine(out: NodeJS.WriteStream): Readonly<{ show(line: string): void; end(): void }> {
  let isOpen = false
  return {
    show(line) {
      if (!out.isTTY) return
      out.write(`\r\x1b[K${line}`)
      isOpen = true
    },
    end() {
      if (isOpen) out.write('\r\x1b[K')
      isOpen = false
    },
  }
}

const PHASES: Readonly<Record<BackupProgress['phase'], string>> = {
  preparing: 'Preparing',
  looking: 'Looking for changes',
  saving: 'Saving',
  checking: 'Checking what was saved',
}

export function backupProgress(show: (line: string) => void): (progress: BackupProgress) => void {
  return ({ phase, kinds }) => {
    const doneFiles = FILE_KINDS.reduce((sum, kind) => sum + kinds[kind].doneFiles, 0)
    const totalFiles = FILE_KINDS.reduce((sum, kind) => sum + kinds[kind].totalFiles, 0)
    const doneBytes = FILE_KINDS.reduce((sum, kind) => sum + kinds[kind].doneBytes, 0)
    const totalBytes = FILE_KINDS.reduce((sum, kind) => sum + kinds[kind].totalBytes, 0)
    show(`${PHASES[phase]}${totalFiles > 0 ? `: ${counts({ doneFiles, totalFiles, doneBytes, totalBytes })}` : ''}`)
  }
}

export function restoreProgress(show: (line: string) => void): (done: DoneCount) => void {
  return (done) => show(`Restoring: ${counts(done)}`)
}

const counts = ({ doneFiles, totalFiles, doneBytes, totalBytes }: DoneCount): string =>
  `${counted(doneFiles, 'file')} of ${totalFiles}, ${size(doneBytes)} of ${size(totalBytes)}`
