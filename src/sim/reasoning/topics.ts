/** What closed questions are about, and how they are worded. The values of facts stand for `{value}`, or for `{first}` and `{second}`. */
import type { Topic } from './balance.ts';

/** Whether there is something: `{a}` is `a red mug`. Values: yes, no. */
export const EXISTS: Topic = {
  kind: 'general-vqa',
  open: {
    training: [
      'Is there {a} in the picture?',
      'Can you see {a}?',
      'Does the picture show {a}?',
      'Is {a} to be seen here?',
      'Do you find {a} in this scene?',
    ],
    heldOut: ['Is {a} anywhere in the image?', 'Would you say that {a} is present?', 'Check for {a}: is it there?'],
  },
};

/** How many of something: `{a}` is `red mugs`. Values: numbers as words. */
export const COUNT: Topic = {
  kind: 'general-vqa',
  open: {
    training: ['How many {a} are there?', 'How many {a} can you see?', 'Count the {a}.', 'What is the number of {a} in the picture?'],
    heldOut: ['Tell me how many {a} the image shows.', 'The {a}: how many of them do you see?'],
  },
  openFrom: 3,
  either: {
    training: [
      'Is the number of {a} {first} or {second}?',
      'How many {a} are there, {first} or {second}?',
      '{a}: {first} or {second} of them?',
    ],
    heldOut: ['Would you count {first} or {second} {a} here?'],
  },
};

/** The colour of something: `{a}` is `mug` or `leftmost thing`. Values: colours. */
export const COLOR: Topic = {
  kind: 'general-vqa',
  open: {
    training: ['What colour is the {a}?', 'Which colour does the {a} have?', 'Name the colour of the {a}.'],
    heldOut: ['Of what colour is the {a}?', 'How is the {a} coloured?'],
  },
  openFrom: 3,
  either: {
    training: ['Is the {a} {first} or {second}?', 'What colour is the {a}: {first} or {second}?'],
    heldOut: ['The {a}, would you call it {first} or {second}?'],
  },
  yesNo: {
    training: ['Is the {a} {value}?', 'Does the {a} look {value}?'],
    heldOut: ['Is {value} the colour of the {a}?'],
  },
};

/** What something is: `{a}` is `leftmost thing`. Values: `a mug`. */
export const IDENTITY: Topic = {
  kind: 'general-vqa',
  open: {
    training: ['What is the {a}?', 'What kind of thing is the {a}?', 'Tell me what the {a} is.'],
    heldOut: ['What would you call the {a}?', 'Identify the {a}.'],
  },
  openFrom: 3,
  either: {
    training: ['Is the {a} {first} or {second}?', 'What is the {a}, {first} or {second}?'],
    heldOut: ['Which of the two is the {a}: {first} or {second}?'],
  },
  yesNo: {
    training: ['Is the {a} {value}?', 'Do you take the {a} for {value}?'],
    heldOut: ['Would {value} be the right word for the {a}?'],
  },
};

/** Which of two things is taller. Values: `the leftmost`, `the rightmost`. */
export const TALLER: Topic = {
  kind: 'general-vqa',
  either: {
    training: ['Which thing is taller, {first} or {second}?', 'Is {first} or {second} thing the taller one?'],
    heldOut: ['Of {first} and {second} thing, which one is taller?'],
  },
};

/** In which half of the picture something is. Values: left, right. */
export const HALF: Topic = {
  kind: 'general-vqa',
  either: {
    training: [
      'Is the {a} in the {first} or in the {second} half of the picture?',
      'On which half of the picture is the {a}, {first} or {second}?',
    ],
    heldOut: ['Does the {a} appear on the {first} or on the {second} side of the image?'],
  },
  yesNo: {
    training: ['Is the {a} in the {value} half of the picture?'],
    heldOut: ['Does the {value} side of the image contain the {a}?'],
  },
};

/** Beside each other, as seen in the picture. Values: left, right. */
export const SIDEWAYS: Topic = {
  kind: 'understanding-qa',
  either: {
    training: [
      'Is the {a} to the {first} or to the {second} of the {b}?',
      'Seen from here, is the {a} {first} or {second} of the {b}?',
      'On which side of the {b} is the {a}: {first} or {second}?',
    ],
    heldOut: ['Relative to the {b}, does the {a} stand {first} or {second}?', 'Which way from the {b} to the {a}, {first} or {second}?'],
  },
  yesNo: {
    training: ['Is the {a} to the {value} of the {b}?', 'Is the {a} {value} of the {b}?', 'Does the {a} stand to the {value} of the {b}?'],
    heldOut: ['Would you find the {a} on the {value} side of the {b}?'],
  },
};

/** One before the other, as seen in the picture. Values: `in front of`, `behind`. */
export const IN_DEPTH: Topic = {
  kind: 'understanding-qa',
  either: {
    training: ['Is the {a} {first} or {second} the {b}?', 'Seen from the camera, is the {a} {first} or {second} the {b}?'],
    heldOut: ['Where does the {a} stand, {first} or {second} the {b}?'],
  },
  yesNo: {
    training: ['Is the {a} {value} the {b}?', 'Does the {a} stand {value} the {b}?'],
    heldOut: ['Looking into the picture, is the {a} {value} the {b}?'],
  },
};

/** Which of two is nearer to a third; the two are in the slots, in one order. Values: their names. */
export const NEARER: Topic = {
  kind: 'understanding-qa',
  either: {
    training: [
      'Which is nearer to the {c}: the {first} or the {second}?',
      'Is the {first} or the {second} closer to the {c}?',
      'What stands nearer to the {c}, the {first} or the {second}?',
    ],
    heldOut: ['Measured from the {c}, is it less far to the {first} or to the {second}?'],
  },
};

/** Where something is. Values: `on the table`, `in the basket`, `held by the robot`. */
export const WHERE: Topic = {
  kind: 'understanding-qa',
  open: {
    training: ['Where is the {a}?', 'Where can the {a} be found?', 'In or on what is the {a}?'],
    heldOut: ['What is the place of the {a} now?', 'Tell me where the {a} is.'],
  },
  openFrom: 3,
  either: {
    training: ['Is the {a} {first} or {second}?', 'Where is the {a}, {first} or {second}?'],
    heldOut: ['Which is true of the {a}: is it {first} or {second}?'],
  },
  yesNo: {
    training: ['Is the {a} {value}?', 'Is it true that the {a} is {value}?'],
    heldOut: ['Would you agree that the {a} is {value}?'],
  },
};

/** What a gripper holds: `{a}` is `robot` or `left gripper`. Values: `the red mug`, `nothing`. */
export const HOLDING: Topic = {
  kind: 'understanding-qa',
  open: {
    training: ['What is the {a} holding?', 'What does the {a} hold now?', 'Which thing is in the grip of the {a}?'],
    heldOut: ['What has the {a} taken hold of?'],
  },
  either: {
    training: ['Is the {a} holding {first} or {second}?', 'What does the {a} hold, {first} or {second}?'],
    heldOut: ['In the grip of the {a}: {first} or {second}?'],
  },
};

/** Whether a gripper is `open` or `closed`: `{a}` is `gripper` or `left gripper`. */
export const GRIPPER: Topic = {
  kind: 'understanding-qa',
  either: {
    training: ['Is the {a} {first} or {second}?', 'Are the fingers of the {a} {first} or {second}?'],
    heldOut: ['In what state is the {a}: {first} or {second}?'],
  },
  yesNo: { training: ['Is the {a} {value}?'], heldOut: ['Would you call the {a} {value}?'] },
};

/** What a moving part is: `{a}` is `top drawer of the cabinet`. Values: open and closed, on and off. */
export const JOINT: Topic = {
  kind: 'understanding-qa',
  either: {
    training: ['Is the {a} {first} or {second}?', 'What is the {a} now, {first} or {second}?'],
    heldOut: ['In what state is the {a}: {first} or {second}?'],
  },
  yesNo: { training: ['Is the {a} {value}?', 'Has the {a} been left {value}?'], heldOut: ['Would you call the {a} {value}?'] },
};

/** Whether a task has been done. Values: yes, no. */
export const DONE: Topic = {
  kind: 'understanding-qa',
  open: {
    training: [
      'The robot was told: "{task}" Has it done so?',
      'The task is: "{task}" Is it complete?',
      'Has the robot succeeded in its task, "{task}"?',
      'Task: "{task}" Is everything as it should be now?',
    ],
    heldOut: ['"{task}" Would you call this task finished?', 'Judging by the picture, has "{task}" been accomplished?'],
  },
};

/** What to do next in a task. Values: steps. */
export const NEXT: Topic = {
  kind: 'planning-qa',
  open: {
    training: [
      'The task is: "{task}" What should the robot do next?',
      'To do "{task}", what is the next step from here?',
      '"{task}" What comes next?',
    ],
    heldOut: ['Given the task "{task}", which step follows now?'],
  },
  either: {
    training: ['The task is: "{task}" Should the robot now {first}, or {second}?', '"{task}" Which step is next: {first}, or {second}?'],
    heldOut: ['With the task "{task}", is it time to {first}, or to {second}?'],
  },
  yesNo: {
    training: ['The task is: "{task}" Should the robot {value} next?'],
    heldOut: ['With the task "{task}", is it time to {value}?'],
  },
};

/** All that is left to do of a task. Values: lists of steps. */
export const REMAINING: Topic = {
  kind: 'planning-qa',
  open: {
    training: [
      'The task is: "{task}" List the steps that are left to do.',
      'Plan the rest of the task "{task}" step by step.',
      '"{task}" Which steps, in which order, does this take from here?',
    ],
    heldOut: ['What remains to be done for "{task}"? Answer with a list of steps.'],
  },
};

/** Which of two pictures shows more of a task done. Values: first, second. */
export const FURTHER: Topic = {
  kind: 'understanding-qa',
  either: {
    training: [
      'The task is: "{task}" In which of the two pictures is more of it done, the {first} or the {second}?',
      'Two moments of the task "{task}" Which is the later one, the {first} or the {second} picture?',
    ],
    heldOut: ['"{task}" Which picture is closer to the end of this task: the {first} or the {second}?'],
  },
};

/** What has been moved between two pictures. Values: `the red mug`, `nothing`. */
export const MOVED: Topic = {
  kind: 'understanding-qa',
  open: {
    training: ['Which thing was moved between the first and the second picture?', 'Compare the two pictures: what has been moved?'],
    heldOut: ['What has changed its place from the first picture to the second?'],
  },
  openFrom: 3,
  either: {
    training: [
      'What was moved between the two pictures, {first} or {second}?',
      'Which has changed its place in the second picture: {first} or {second}?',
    ],
    heldOut: ['From the first picture to the second, what was displaced: {first} or {second}?'],
  },
};

/** Which arm has moved between two pictures. Values: left, right, of the robot. */
export const ARM_MOVED: Topic = {
  kind: 'understanding-qa',
  either: {
    training: [
      "Which of the robot's arms has moved between the two pictures: its {first} or its {second} one?",
      'Did the robot move its {first} or its {second} arm from one picture to the next?',
    ],
    heldOut: ["Comparing the pictures, which of the robot's arms is in another place: its {first} or its {second} one?"],
  },
};
