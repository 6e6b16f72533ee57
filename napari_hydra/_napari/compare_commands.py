"""Menu entries of the dock Compare: each presses a button of it."""

from napari_hydra._napari.docks import NO_TRUTH, pressing

map_rmse = pressing("Compare", lambda dock: dock.map_buttons["rmse"], NO_TRUTH)
map_mrae = pressing("Compare", lambda dock: dock.map_buttons["mrae"], NO_TRUTH)
map_angle = pressing("Compare", lambda dock: dock.map_buttons["angle"], NO_TRUTH)
map_difference = pressing("Compare", lambda dock: dock.map_buttons["difference"], NO_TRUTH)
map_misses = pressing("Compare", lambda dock: dock.map_buttons["side"], NO_TRUTH)
map_missed_bands = pressing("Compare", lambda dock: dock.map_buttons["misses"], NO_TRUTH)
blink = pressing("Compare", lambda dock: dock.blink_button, NO_TRUTH)
swipe = pressing("Compare", lambda dock: dock.swipe_button, NO_TRUTH)
copy_errors = pressing("Compare", lambda dock: dock.copy_button, NO_TRUTH)
