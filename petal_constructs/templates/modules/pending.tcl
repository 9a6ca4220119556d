#%Module1.0
# Stands in for a module that is still being built; understood by Environment Modules and by Lmod.
# Lies at ROOT/modules/pending/NAME/VERSION.
module-whatis "not ready: still being built, or failed to build"

if {[module-info mode load]} {
    set root $ModulesCurrentModulefile
    foreach level {version name pending modules} {
        set root [file dirname $root]
    }
    set state building
    if {[file readable $root/log/spack.state]} {
        set channel [open $root/log/spack.state]
        set state [lindex [gets $channel] 0]
        close $channel
    }
    set verdict [expr {$state eq "failed" ? "could not be built" : "is still being built"}]
    set message "petal: [module-info name] $verdict, see $root/log/spack.log"
    # break leaves exit code 0 in Lmod where no version was asked for; error shows a trace in the other
    if {[info exists ::env(LMOD_VERSION_MAJOR)]} {
        error $message
    }
    puts stderr $message
    break
}
