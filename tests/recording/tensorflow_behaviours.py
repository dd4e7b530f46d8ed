"""Which documented behaviours of TensorFlow's `GradientTape` are covered here, by which test, and which cannot apply.

The documents are the API reference of `tf.GradientTape`, `tf.custom_gradient`, `tf.stop_gradient`,
`tf.UnconnectedGradients` and `tf.Variable`, and the guides "Introduction to gradients and automatic
differentiation" and "Advanced automatic differentiation" (TensorFlow 2.21).
"""

_EXAMPLES = "test_tensorflow_examples.py::"
_ADVANCED = "test_tensorflow_advanced.py::"
_CONTROL = "test_tape_control.py::"
_CUSTOM = "test_custom_gradient.py::"
_NESTS = "test_recorded_nests.py::"
_REDUCTIONS = "test_recorded_reductions.py::"
_MATRICES = "test_recorded_matrices.py::"
_JACOBIANS = "test_jacobians.py::"
_MEMORY = "test_variables_and_memory.py::"
_TAPE = "../test_gradient_tape.py::"

#: Behaviour: the test that shows it.
COVERED: dict[str, str] = {
    # tf.GradientTape: the class
    "operations are recorded if an input is watched": _EXAMPLES + "test_first_example_square",
    "trainable variables are watched when they are used": _EXAMPLES
    + "test_layer_gradients_have_the_shapes_of_their_sources",
    "other tensors are watched by watch": _EXAMPLES + "test_watching_a_constant_array",
    "nested tapes give higher orders": _EXAMPLES + "test_nested_tapes_give_the_second_derivative",
    "any order by nesting": _CONTROL + "test_order_six_by_nested_tapes",
    "a tape answers once, and its resources are released": _MEMORY
    + "test_a_tape_holds_its_record_until_it_has_answered",
    "a persistent tape answers again": _EXAMPLES + "test_persistent_tape_answers_twice",
    "a dropped persistent tape is released": _MEMORY + "test_a_dropped_tape_is_gone_at_once",
    "watch_accessed_variables=False watches only what is named": _EXAMPLES
    + "test_without_automatic_watching_only_what_is_named",
    "entering an active tape is an error, entering an idle one goes on": _TAPE
    + "test_an_active_tape_cannot_be_entered_again_but_an_idle_one_goes_on",
    "tapes belong to their thread": _TAPE + "test_tapes_are_active_in_their_own_thread_only",
    "several tapes record at once": _ADVANCED + "test_two_tapes_watch_different_values",
    # methods
    "gradient: structure of the sources": _TAPE + "test_the_structure_of_sources_comes_back",
    "gradient: dictionaries of any type, by their sorted keys": _NESTS
    + "test_dictionaries_of_any_type_and_order_come_back_as_they_are",
    "gradient: a flat list of output_gradients": _NESTS + "test_output_gradients_may_be_a_flat_list",
    "gradient: output_gradients are differentiable": _TAPE + "test_a_gradient_depends_on_its_output_gradients",
    "gradient: the target among the sources": _NESTS + "test_a_target_that_is_not_watched_stands_for_itself_alone",
    "gradient: a tape that was never entered is a RuntimeError": _NESTS
    + "test_a_tape_that_was_never_entered_says_so",
    "gradient: several targets are summed": _EXAMPLES + "test_several_targets_are_summed",
    "gradient: the entries of a target are summed": _EXAMPLES + "test_an_array_target_is_summed",
    "gradient: output_gradients": _TAPE + "test_output_gradients_weigh_the_targets",
    "gradient: unconnected_gradients, and another word is a ValueError": _TAPE
    + "test_wrong_arguments_say_what_is_wrong_and_keep_the_record",
    "gradient: inside its own block": _TAPE + "test_gradient_inside_the_block_ends_a_tape_that_is_not_persistent",
    "gradient: a second call is a RuntimeError": _EXAMPLES + "test_one_set_of_gradients_without_persistent",
    "gradient: a target None is a TypeError": _TAPE + "test_wrong_arguments_say_what_is_wrong_and_keep_the_record",
    "jacobian: the reference's example": _ADVANCED + "test_jacobian_in_the_reference",
    "jacobian: None or zeros where not connected": _JACOBIANS + "test_structure_and_what_is_not_connected",
    "jacobian: a second call is a RuntimeError": _JACOBIANS + "test_once_only_unless_persistent",
    "batch_jacobian: the reference's example": _ADVANCED + "test_batch_jacobian_in_the_reference",
    "batch_jacobian: ranks and batch lengths are checked": _JACOBIANS + "test_batch_jacobian_wants_batches",
    "batch_jacobian: zeros where not connected": _JACOBIANS
    + "test_batch_jacobian_of_what_is_not_connected_is_zero",
    "batch_jacobian: unconnected_gradients is taken": _NESTS + "test_batch_jacobian_takes_what_the_others_take",
    "reset: as if the tape were new": _ADVANCED + "test_reset_in_the_reference",
    "reset: a tape that is not recording is a ValueError": _CONTROL + "test_reset_forgets_what_was_seen_and_watched",
    "stop_recording: the reference's example": _ADVANCED + "test_gradient_within_stop_recording_in_the_reference",
    "stop_recording: a tape that is not recording is a RuntimeError": _CONTROL
    + "test_stop_recording_needs_a_recording_tape",
    "stop_recording: after a gradient in it a new record begins": _CONTROL
    + "test_a_gradient_within_stop_recording_lets_a_new_record_begin",
    "watch: nests": _TAPE + "test_watch_takes_nests_and_refuses_plain_numbers",
    "watch: a plain number is a ValueError": _TAPE + "test_watch_takes_nests_and_refuses_plain_numbers",
    "watched_variables, in the order of construction": _CONTROL + "test_watched_variables_in_order_of_construction",
    "watched_variables: an assignment counts, a question does not": _NESTS
    + "test_an_assignment_is_a_use_and_a_question_is_none",
    "stop_gradient keeps whole numbers": _NESTS + "test_stop_gradient_leaves_whole_numbers_whole",
    "copies of a tensor keep its gradient": _NESTS + "test_copies_keep_the_gradient",
    # operations, by NumPy's names
    "tf.math.reduce_*, cumsum, sort, quantiles": _REDUCTIONS + "test_reductions",
    "tf.linalg of matrices and batches of them": _MATRICES + "test_matrices",
    "tf.linalg.eigh, svd, qr": _MATRICES + "test_decompositions",
    "tf.math.reduce_logsumexp, by NumPy's and by gradcli's name": "test_recorded_scipy.py::"
     "test_plain_functions_of_scipy_name_what_stands_for_them",
    "tf.gather, concat, stack, tile, pad, roll, where": "test_picking_and_compositions.py::test_functions_of_arrays",
    # the first guide
    "guide: higher-dimensional values": _EXAMPLES + "test_gradients_of_several_values_at_once",
    "guide: a variable that is not trainable, a tensor, a constant": _EXAMPLES
    + "test_only_the_trainable_variable_has_a_gradient",
    "guide: intermediate results": _EXAMPLES + "test_intermediate_results_are_sources",
    "guide: elementwise sigmoid": _EXAMPLES + "test_elementwise_gradient_of_the_sigmoid",
    "guide: control flow": _EXAMPLES + "test_control_flow_connects_only_the_branch_that_ran",
    "guide: None where nothing connects": _EXAMPLES + "test_unconnected_target_is_none",
    "guide: a variable replaced by a tensor": _EXAMPLES + "test_a_variable_replaced_by_a_value_is_no_longer_watched",
    "guide: calculations outside of TensorFlow": _CONTROL + "test_a_reason_names_what_cut_the_path",
    "guide: integers and strings": _EXAMPLES + "test_integers_have_no_gradient",
    "guide: a source of whole numbers": _ADVANCED + "test_whole_numbers_among_the_sources",
    "numbers at kinks that TensorFlow and NumPy users expect": _ADVANCED + "test_numbers_at_kinks",
    "guide: state": _EXAMPLES + "test_state_hides_where_it_came_from",
    "guide: no gradient registered": _ADVANCED + "test_an_operation_without_a_gradient_is_refused_where_it_is_used",
    "guide: zeros instead of None": _EXAMPLES + "test_zeros_instead_of_none",
    "guide: nothing is recorded after the block": _EXAMPLES + "test_nothing_is_recorded_after_the_block",
    # the advanced guide
    "guide: stop recording": _ADVANCED + "test_stop_recording_in_the_guide",
    "guide: reset": _ADVANCED + "test_reset_in_the_guide",
    "guide: stop_gradient": _ADVANCED + "test_stop_gradient_in_the_guide",
    "guide: custom gradient": _ADVANCED + "test_clipped_gradient_in_the_guide",
    "guide: second order": _ADVANCED + "test_second_derivative_with_operations_outside_of_the_inner_tape",
    "guide: second order of a cube": _EXAMPLES + "test_higher_order_of_a_cube",
    "guide: input gradient regularisation": _EXAMPLES + "test_penalty_on_the_input_gradient",
    "guide: Jacobian by a scalar": _ADVANCED + "test_jacobian_by_a_scalar",
    "guide: Jacobian of a layer": _ADVANCED + "test_jacobian_of_a_layer_sums_to_its_gradient",
    "guide: Hessian and Newton's method": _ADVANCED + "test_newton_step_with_the_hessian_of_a_network",
    "guide: batch Jacobian": _ADVANCED + "test_batch_jacobian_of_a_network",
    "guide: batch Jacobian of dependent examples": _ADVANCED
    + "test_batch_jacobian_where_examples_depend_on_one_another",
    # tf.custom_gradient
    "custom_gradient: log1pexp": _CUSTOM + "test_a_stable_gradient_where_the_plain_one_is_not",
    "custom_gradient: several arguments": _ADVANCED + "test_product_in_the_reference_of_custom_gradient",
    "custom_gradient: variables": _ADVANCED + "test_counting_calls_with_an_outer_variable_in_the_reference",
    "custom_gradient: variables are not forgotten": _CUSTOM + "test_variables_that_are_no_arguments",
    "custom_gradient: nested, for second order": _CUSTOM + "test_a_gradient_with_a_custom_gradient_of_its_own",
    "custom_gradient: a wrong number of gradients is a ValueError": _CUSTOM
    + "test_a_wrong_gradient_says_what_is_wrong",
    "custom_gradient: results that are not used get zeros, None is not connected": _CUSTOM
    + "test_several_results_and_nests",
    "custom_gradient: with parentheses; whole numbers among the results": _NESTS
    + "test_upstream_gradients_come_by_sorted_keys_with_zeros_for_whole_numbers",
    "custom_gradient: gradients in a dictionary": _NESTS
    + "test_a_gradient_returned_as_a_dictionary_is_matched_by_its_keys",
    "custom_gradient: a method": _CUSTOM + "test_methods_and_stacks_of_custom_gradients",
    # tf.Variable
    "assign, assign_add, assign_sub": _MEMORY + "test_assignment_is_exact_and_keeps_shape_and_type",
    "a variable is not changed by an operator": _EXAMPLES
    + "test_augmented_assignment_to_a_variable_is_refused",
    "assignment does not touch what was recorded": _MEMORY + "test_assigning_does_not_touch_what_was_recorded",
}  # fmt: skip

#: Behaviour: why it cannot be shown with NumPy values, or what stands for it.
CANNOT_APPLY: dict[str, str] = {
    "tf.function, graphs, tf.while_loop and tf.cond": "NumPy runs at once; Python's control flow is recorded",
    "tf.Module, Keras layers and trainable_variables": "there are no layers; a nest of variables is a source",
    "devices and distribution strategies": "NumPy has one device",
    "IndexedSlices for gathered variables": "gradients are whole arrays",
    "ragged, sparse and composite tensors": "NumPy's arrays are none of these",
    "experimental_use_pfor and parallel_iterations": "rows of a Jacobian are swept together wherever they can be",
    "float32 and mixed precision": "values are float64",
    "complex gradients": "derivatives are real: a complex value has None, with the reason",
    "tf.UnconnectedGradients as an enumeration": "the words 'none' and 'zero' are taken",
    "LookupError for an operation without a gradient": "it is refused where it is used, with a TypeError",
    "warnings for watching or differentiating whole numbers": "why() says it to whoever asks",
    "a single output gradient stretched over its target": "shapes are compared, and the error names both",
    "a Variable given by keyword to a custom gradient": "there its gradient is None; here it is one of `variables`",
    "an unwatched variable as target and source beside a target that uses it": "there 1, here None with the reason",
    "custom gradients in a SavedModel": "there is no such file",
    "tf.recompute_grad and tf.grad_pass_through": "they save memory of graphs; custom_gradient can say both",
    "stateful random operations and queues": "a random number is a plain value",
}
