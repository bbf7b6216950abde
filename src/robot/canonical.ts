/**
 * The canonical record: what every robot's data is turned into, and all that the model knows of a robot (section 3.3 of the paper).
 *
 *   quantity     dtype and shape       what it holds
 *   ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
 *   images       u8 [V, S, S, 3]       RGB views in the order of VIEWS, letterboxed; a view that is missing is black
 *   viewMask     bool[V]               which views are there
 *   state        f32[2, STATE_DIMS]    per arm slot, in the order of ARMS: the pose of the tool in the robot's base frame, as
 *                                      position (3, metres) and rmat6d (6); gripper (1, 0 closed … 1 open); joints (JOINT_SLOTS,
 *                                      radians or metres, from the shoulder to the wrist, then zeros)
 *   stateMask    bool[2, STATE_DIMS]   which of these are there: nothing of an arm the robot lacks, no joints past its last
 *   actions      f32[K, 2, ACTION_DIMS] per step i = 1…K at CONTROL_RATE and per arm slot: the pose of the tool at t + i relative
 *                                      to that at t, ΔT = T_t⁻¹ T_{t+i} (eq. 4), as position (3, metres, in the tool's frame at t)
 *                                      and rmat6d (6); the gripper at t + i (1, 0 closed … 1 open, absolute)
 *   actionMask   bool[K, 2, ACTION_DIMS] false for an arm the robot lacks, and for steps past the end of the episode
 *   aims         f32[2, V, 2]          per arm slot and view: where its gripper next closes or opens, as x and y in parts of the view's
 *                                      side from the left and the top; outside of 0 … 1 it is not to be seen
 *   aimMask      bool[2, V]            of which views that is known
 *
 * The frame of a tool is the same on every robot: origin between the finger pads, z along the approach, y along the closing
 * direction. rmat6d is the first two columns of the rotation matrix, one after the other. Images are never normalised here;
 * states and actions are, by `normalization.ts`, after this record.
 */

/** The arm slots. A robot with one arm fills one of them. */
export const ARMS = ['left', 'right'] as const;
/** One of the two arm slots. */
export type Arm = (typeof ARMS)[number];

/** The camera slots, in the order of their tokens in the model's sequence. */
export const VIEWS = ['head', 'leftWrist', 'rightWrist'] as const;
/** One of the three camera slots. */
export type View = (typeof VIEWS)[number];

/** Steps per second of canonical actions. */
export const CONTROL_RATE = 30;
/** Steps of an action chunk unless a configuration says otherwise: one second. */
export const CHUNK_STEPS = 30;

/** Numbers of a pose: position 3, rmat6d 6. */
export const POSE_DIMS = 9;
/** Numbers of an arm's action: pose 9, gripper 1. */
export const ACTION_DIMS = POSE_DIMS + 1;
/** Joints of an arm that a state has room for. */
export const JOINT_SLOTS = 8;
/** Numbers of an arm's state: pose 9, gripper 1, joints. */
export const STATE_DIMS = POSE_DIMS + 1 + JOINT_SLOTS;
