import { type ReactNode, useState } from 'react'
import { Banner } from '../ui/banner.tsx'
import { Button } from '../ui/button.tsx'
import { Card, Facts, IconPlate, Row } from '../ui/card.tsx'
import { CheckBox, CheckList } from '../ui/check-list.tsx'
import { DayStrip } from '../ui/day-strip.tsx'
import { Dialog, DialogButtons } from '../ui/dialog.tsx'
import { Figure } from '../ui/figure.tsx'
import { KeyBoxes } from '../ui/key-boxes.tsx'
import { KeyGrid } from '../ui/key-grid.tsx'
import { Progress } from '../ui/progress.tsx'
import { RadioCards } from '../ui/radio-cards.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { StateGlyph } from '../ui/state-glyph.tsx'
import { StrengthMeter } from '../ui/strength-meter.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { TextField } from '../ui/text-field.tsx'
import { stripDays } from '../words/day-strip.ts'
import { groupsOf } from '../words/key-entry.ts'
import type { Case } from './case.ts'
import styles from './parts.module.css'
import { KEY, NOW_MS, PROTECTION } from './states.ts'

const TONES = ['plain', 'primary', 'danger', 'quiet'] as const
const nothing = (): void => undefined

function Sheet({ name, children }: Readonly<{ name: string; children: ReactNode }>) {
  return (
    <main className={styles.sheet}>
      <h1 className={styles.name}>{name}</h1>
      {children}
    </main>
  )
}

function Buttons() {
  return (
    <Sheet name="Buttons">
      {TONES.map((tone) => (
        <p key={tone} className={styles.line}>
          <Button tone={tone}>Press me</Button>
          <Button tone={tone} icon="folder">
            With a picture
          </Button>
          <Button tone={tone} isDisabled>
            Not now
          </Button>
          <Button tone={tone} isPending>
            At work
          </Button>
        </p>
      ))}
      <p className={styles.line}>
        <Button tone="primary" size="large">
          Large
        </Button>
      </p>
    </Sheet>
  )
}

function Banners() {
  return (
    <Sheet name="Banners">
      {(['info', 'safe', 'needs', 'danger'] as const).map((tone) => (
        <Banner key={tone} tone={tone} title={`This is ${tone}`} action={<Button>Do it</Button>}>
          What lies behind it, in one sentence or in two.
        </Banner>
      ))}
      <p className={styles.line}>
        {(['safe', 'needs', 'danger', 'info', 'none'] as const).map((tone) => (
          <StateGlyph key={tone} tone={tone} />
        ))}
        {(['safe', 'open', 'needs', 'off'] as const).map((state) => (
          <Figure key={state} state={state} />
        ))}
      </p>
    </Sheet>
  )
}

function Choices() {
  const [radio, setRadio] = useState<'a' | 'b'>('a')
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set(['1']))
  const [tab, setTab] = useState<'one' | 'two'>('one')
  return (
    <Sheet name="Choices">
      <RadioCards
        label="Choice"
        value={radio}
        onChange={setRadio}
        choices={[
          { id: 'a', icon: <IconPlate name="disk" tone="accent" />, title: 'One', hint: 'Chosen', aside: 'At the end' },
          { id: 'b', icon: <IconPlate name="cloud" />, title: 'Another', hint: 'Not chosen' },
        ]}
      />
      <p className={styles.line}>
        {(['on', 'off', 'some'] as const).map((state) => (
          <CheckBox key={state} label={state} state={state} onChange={nothing} />
        ))}
        <CheckBox label="disabled" state="off" onChange={nothing} isDisabled />
      </p>
      <div className={styles.list}>
        <CheckList
          label="List"
          items={['1', '2', '3'].map((id) => ({
            id,
            name: `Chat ${id}`,
            icon: <IconPlate name="message" />,
            hint: 'Hint',
            value: '3 MB',
          }))}
          ticked={ticked}
          onChange={setTicked}
          whenEmpty="Nothing here"
        />
      </div>
      <Tabs
        label="Ways"
        tabs={[
          { id: 'one', name: 'One way', content: 'First' },
          { id: 'two', name: 'The other', content: 'Second' },
        ]}
        selected={tab}
        onChange={setTab}
      />
    </Sheet>
  )
}

function Fields() {
  return (
    <Sheet name="Fields">
      <TextField label="Plain" value="Some words" onChange={nothing} hint="What it is for" />
      <TextField label="Secret" value="otters" onChange={nothing} isSecret />
      <TextField label="Refused" value="2a9o" onChange={nothing} isKey error="Group 6 is different from your key." />
      <TextField label="Not now" value="" onChange={nothing} isDisabled />
      <SearchField label="Search" value="" onChange={nothing} />
      {(['short', 'easy', 'strong', 'very-strong'] as const).map((level) => (
        <StrengthMeter key={level} strength={{ accepted: false, level, reason: null, word: null }} />
      ))}
      <Progress label="Progress" fraction={0.64} valueText="64 %" aside="64 %" />
      <Progress label="Inner" fraction={0.3} valueText="30 %" size="inner" />
      <Progress label="Not known" fraction={null} valueText="Looking" />
    </Sheet>
  )
}

function Cards() {
  const { sinceMs, backupDays } = PROTECTION
  return (
    <Sheet name="Cards">
      <Card>
        <Row start={<IconPlate name="folder" />} title="A row" value="Its value" />
        <Row start={<IconPlate name="lock" tone="safe" />} title="It opens" hint="With a hint" onPress={nothing} />
        <Row start={<IconPlate name="key" tone="needs" />} title="With a button" end={<Button>Change…</Button>} />
      </Card>
      <Facts
        facts={[
          { id: '1', value: '214', name: 'chats' },
          { id: '2', value: '186,412', name: 'messages' },
        ]}
      />
      <DayStrip days={stripDays({ nowMs: NOW_MS, sinceMs, backupDays: backupDays.slice(2), isRunning: true })} />
    </Sheet>
  )
}

function Keys() {
  const [boxes, setBoxes] = useState<readonly string[]>(
    groupsOf(`${KEY.slice(0, 36)}g`.padEnd(64, ' ')).map((one) => one.trim()),
  )
  return (
    <Sheet name="Keys">
      <KeyGrid groups={groupsOf(KEY)} />
      <KeyGrid groups={null} asked={[6, 13]} size="small" />
      <KeyBoxes label="Your key" hint="Paste it" boxes={boxes} onChange={setBoxes} />
    </Sheet>
  )
}

function Question() {
  return (
    <Sheet name="A question">
      <Dialog
        isGuard
        title="Turn it off?"
        lead="What that means, said before it is done."
        onClose={nothing}
        buttons={
          <DialogButtons
            action={<Button tone="danger">Turn off</Button>}
            cancel={
              <Button tone="primary" type="submit">
                Cancel
              </Button>
            }
          />
        }
      />
    </Sheet>
  )
}

const SHEETS = { Buttons, Banners, Choices, Fields, Cards, Keys, Question }

/** Every part in every state. */
export const PARTS: readonly Case[] = Object.entries(SHEETS).map(([name, Part]) => ({
  id: `parts/${name.toLowerCase()}`,
  content: () => <Part />,
}))
