/**
 * Whether the type of an event names a fact, in the past tense, and what it could be called instead (section 9).
 *
 * Rule: one of its words is a past form. Regular ones end in -ed, irregular ones stand in the list below; words that only
 * end like a past form do not count. Where a verb looks the same in the past, such as reset, it is taken for one.
 */

/** Irregular verbs: base form, then past forms, the participle last. Lists like these are in every English grammar. */
const IRREGULAR = `
arise arose arisen | awake awoke awoken | bear bore borne | beat beat beaten | become became become | begin began begun
bend bent | bet bet | bid bid | bind bound | bite bit bitten | bleed bled | blow blew blown | break broke broken
breed bred | bring brought | broadcast broadcast | build built | burn burnt | burst burst | buy bought | cast cast
catch caught | choose chose chosen | cling clung | come came come | cost cost | creep crept | cut cut | deal dealt
dig dug | do did done | draw drew drawn | dream dreamt | drink drank drunk | drive drove driven | eat ate eaten
fall fell fallen | feed fed | feel felt | fight fought | find found | flee fled | fling flung | fly flew flown
forbid forbade forbidden | forecast forecast | foresee foresaw foreseen | forget forgot forgotten
forgive forgave forgiven | freeze froze frozen | get got gotten | give gave given | go went gone | grind ground
grow grew grown | hang hung | have had | hear heard | hide hid hidden | hit hit | hold held | hurt hurt | keep kept
kneel knelt | know knew known | lay laid | lead led | leap leapt | learn learnt | leave left | lend lent | let let
lie lay lain | light lit | lose lost | make made | mean meant | meet met | mislead misled | mistake mistook mistaken
offset offset | outbid outbid | outgrow outgrew outgrown | overcome overcame overcome | overdraw overdrew overdrawn
override overrode overridden | overrun overran overrun | oversee oversaw overseen | overtake overtook overtaken
overthrow overthrew overthrown | overwrite overwrote overwritten | pay paid | prepay prepaid | prove proved proven
put put | quit quit | read read | rebuild rebuilt | redo redid redone | remake remade | rerun reran rerun
resell resold | resend resent | reset reset | rethink rethought | rewind rewound | rewrite rewrote rewritten | rid rid
ride rode ridden | ring rang rung | rise rose risen | run ran run | say said | see saw seen | seek sought | sell sold
send sent | set set | sew sewed sewn | shake shook shaken | shed shed | shine shone | shoot shot | show showed shown
shrink shrank shrunk | shut shut | sing sang sung | sink sank sunk | sit sat | sleep slept | slide slid | sling slung
slit slit | sow sowed sown | speak spoke spoken | speed sped | spend spent | spill spilt | spin spun | spit spat
split split | spoil spoilt | spread spread | spring sprang sprung | stand stood | steal stole stolen | stick stuck
sting stung | strike struck stricken | string strung | strive strove striven | sublet sublet | swear swore sworn
sweep swept | swell swelled swollen | swim swam swum | swing swung | take took taken | teach taught | tear tore torn
tell told | think thought | throw threw thrown | thrust thrust | tread trod trodden | undercut undercut
undergo underwent undergone | understand understood | undertake undertook undertaken | underwrite underwrote underwritten
undo undid undone | unwind unwound | uphold upheld | upset upset | wake woke woken | wear wore worn | weave wove woven
weep wept | win won | wind wound | withdraw withdrew withdrawn | withhold withheld | withstand withstood | write wrote written
`;

/** What comes of these verbs doubles the last letter although a rule of thumb would not say so, or the other way round. */
const SPELT: ReadonlyMap<string, string> = new Map([
  ['cancel', 'cancelled'],
  ['commit', 'committed'],
  ['submit', 'submitted'],
  ['admit', 'admitted'],
  ['permit', 'permitted'],
  ['omit', 'omitted'],
  ['transmit', 'transmitted'],
  ['refer', 'referred'],
  ['transfer', 'transferred'],
  ['defer', 'deferred'],
  ['occur', 'occurred'],
  ['equip', 'equipped'],
  ['label', 'labelled'],
  ['travel', 'travelled'],
  ['unsubscribe', 'unsubscribed'],
]);

/** Nouns in the names of events, and the fact that is meant. */
const NOUNS: ReadonlyMap<string, string> = new Map([
  ['arrival', 'arrived'],
  ['approval', 'approved'],
  ['cancellation', 'cancelled'],
  ['cancelation', 'cancelled'],
  ['completion', 'completed'],
  ['confirmation', 'confirmed'],
  ['creation', 'created'],
  ['deletion', 'deleted'],
  ['delivery', 'delivered'],
  ['expiration', 'expired'],
  ['expiry', 'expired'],
  ['failure', 'failed'],
  ['payment', 'paid'],
  ['receipt', 'received'],
  ['registration', 'registered'],
  ['rejection', 'rejected'],
  ['removal', 'removed'],
  ['reservation', 'reserved'],
  ['shipment', 'shipped'],
  ['success', 'succeeded'],
]);

const participles = new Map<string, string>();
const pastForms = new Set<string>();
for (const verb of IRREGULAR.split(/[|\n]/)) {
  const [base, ...forms] = verb.trim().split(' ');
  const last = forms.at(-1);
  if (base === undefined || last === undefined) continue;
  participles.set(base, last);
  for (const form of forms) pastForms.add(form);
}

/** Words that end in -ed without being a past form. */
const NOT_PAST = new Set(
  'bed bleed breed creed deed embed exceed feed greed heed hundred indeed kindred need proceed red reed sacred seed shed sled speed steed succeed weed wed'.split(
    ' ',
  ),
);

/** Whether a type of events names something that has happened. */
export function isFact(type: string): boolean {
  return wordsOf(type).some(isPast);
}

/** The name that says the same as a fact; null where no verb can be made out. */
export function asFact(type: string): string | null {
  const words = [...type.matchAll(WORD)];
  for (const match of words.reverse()) {
    const [word] = match;
    if (VERSION.test(word)) continue;
    const fact = factOf(word.toLowerCase());
    if (fact === null) return null;
    const written = /^[A-Z]/.test(word) ? `${fact.charAt(0).toUpperCase()}${fact.slice(1)}` : fact;
    return type.slice(0, match.index) + written + type.slice(match.index + word.length);
  }
  return null;
}

const WORD = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g;
const VERSION = /^(v|\d+)$/i;

function wordsOf(type: string): readonly string[] {
  return [...type.matchAll(WORD)].map(([word]) => word.toLowerCase());
}

function isPast(word: string): boolean {
  if (pastForms.has(word)) return true;
  return /[a-z]{2}ed$/.test(word) && !NOT_PAST.has(word);
}

function factOf(word: string): string | null {
  const noun = NOUNS.get(word);
  if (noun !== undefined) return noun;
  if (word.length < 2) return null;
  const verb = /[a-z]{3}ing$/.test(word) ? fromParticiple(word) : word;
  const known = participles.get(verb) ?? SPELT.get(verb);
  if (known !== undefined) return known;
  if (verb.endsWith('e')) return `${verb}d`;
  if (/[^aeiou]y$/.test(verb)) return `${verb.slice(0, -1)}ied`;
  // A single short syllable doubles its last letter: ship, shipped.
  if (/^[^aeiou]*[aeiou][bdgklmnprt]$/.test(verb)) return `${verb}${verb.at(-1) ?? ''}ed`;
  return `${verb}ed`;
}

/** The base form behind -ing: paying, shipping, creating. */
function fromParticiple(word: string): string {
  const stem = word.slice(0, -3);
  if (participles.has(stem)) return stem;
  if (participles.has(`${stem}e`)) return `${stem}e`;
  if (/([bdgmnprt])\1$/.test(stem)) return stem.slice(0, -1);
  return /([^aeiou]at|[aeiou][zvcsg]|iz|us|[^aeiou][cvz])$/.test(stem) ? `${stem}e` : stem;
}
