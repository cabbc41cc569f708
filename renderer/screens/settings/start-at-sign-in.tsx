import { useEffect, useState } from 'react'
import type { SignInStart } from '#common/sign-in-start.ts'
import { bridge } from '../../bridge.ts'
import { useDeed } from '../../deed.ts'
import { useText } from '../../i18n.tsx'
import { Button } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { ProblemBanner } from '../../ui/problem-banner.tsx'
import { SwitchRow } from '../../ui/switch.tsx'

/** Whether the app starts at sign-in. What was decided in the system's own settings is shown, and changed there. */
export function StartAtSignIn() {
  const t = useText()
  const [start, setStart] = useState<SignInStart | null>(null)
  const set = useDeed(bridge.signIn.set)
  useEffect(() => {
    void bridge.signIn.get().then((reply) => reply.ok && reply.value && setStart(reply.value))
    return bridge.signIn.changed(setStart)
  }, [])
  if (start === null) return null
  const isForSystem = start === 'blocked' || start === 'needs-approval'
  return (
    <>
      <Card>
        <SwitchRow
          title={t('signIn.title')}
          hint={t(isForSystem ? `signIn.${start}` : 'signIn.hint')}
          isOn={start === 'on'}
          isDisabled={isForSystem}
          onChange={(isOn) => set.run({ isOn })}
        />
      </Card>
      {isForSystem && (
        <div>
          <Button onPress={() => void bridge.signIn.openSettings()}>{t('signIn.open')}</Button>
        </div>
      )}
      <ProblemBanner problem={set.problem} />
    </>
  )
}
