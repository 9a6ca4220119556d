#%Module1.0
# Stands in for a module of a container image that is not there yet; understood by Environment Modules and by Lmod.
# Lies at TREE/modules/NAME/VERSION, or NAME/pending where any version will do.
module-whatis "not ready: the image is still being pulled, or could not be"

if {[module-info mode load]} {
    set tree [file join {*}[lrange [file split $ModulesCurrentModulefile] 0 end-3]]
    set why "the image [file tail $tree] does not hold it"
    foreach mark {building failed} {
        if {[file readable $tree/$mark]} {
            set channel [open $tree/$mark]
            set why [gets $channel]
            close $channel
        }
    }
    set message "petal: [module-info name]: $why"
    # break leaves exit code 0 in Lmod where no version was asked for; error shows a trace in the other
    if {[info exists ::env(LMOD_VERSION_MAJOR)]} {
        error $message
    }
    puts stderr $message
    break
}
