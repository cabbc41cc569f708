type Props = Readonly<{ text: string; isUrgent?: boolean }>

/** Tells screen readers what changed on the screen by itself: politely, or at once when it is urgent. */
export function Announce({ text, isUrgent = false }: Props) {
  return (
    <div className="visually-hidden" role={isUrgent ? 'alert' : 'status'}>
      {text}
    </div>
  )
}
