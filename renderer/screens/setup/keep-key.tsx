import { useState } from 'react'
import { useDeed } from '../../deed.ts'
import { useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { CopyKey } from './copy-key.tsx'
import styles from './keep-key.module.css'
import type { NewSecretCalls } from './new-secret.ts'

type Props = Readonly<{ calls: NewSecretCalls; isDisabled: boolean; onKept: () => void }>

/** The ways of the key out of this computer: onto paper, into a file, or by the clipboard. */
export function KeepKey({ calls, isDisabled, onKept }: Props) {
  const t = useText()
  const [done, setDone] = useState<'key.sheetPrinted' | 'key.sheetSaved' | null>(null)
  const kept = (words: typeof done) => (isDone: boolean) => {
    if (!isDone) return
    setDone(words)
    onKept()
  }
  const print = useDeed(calls.printSheet, kept('key.sheetPrinted'))
  const save = useDeed(calls.saveSheet, kept('key.sheetSaved'))
  return (
    <div className={styles.ways}>
      <div className={styles.line}>
        <Button icon="print" isDisabled={isDisabled} isPending={print.isPending} onPress={() => print.run()}>
          {t('key.print')}
        </Button>
        <Button icon="save" isDisabled={isDisabled} isPending={save.isPending} onPress={() => save.run()}>
          {t('key.save')}
        </Button>
        <CopyKey call={calls.copyKey} isDisabled={isDisabled} onCopied={onKept} />
      </div>
      <output className={styles.done}>{done && t(done)}</output>
      <ProblemBanner problem={print.problem ?? save.problem} />
    </div>
  )
}
